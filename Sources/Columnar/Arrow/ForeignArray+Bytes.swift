import Foundation

extension ForeignArray {
    /// Values of `length` bytes each; only the offsets are made.
    func bytes(ofLength length: Int, _ range: Range<Int>) throws(DataError) -> Column {
        let values = try buffer(1, try scaled(range, by: length), of: "values")
        let offsets = MutableBuffer(uninitialized: (range.count + 1) * MemoryLayout<Int64>.size)
        let target = offsets.elements(as: Int64.self)
        for i in 0...range.count { target[i] = Int64(i * length) }
        return Column(
            .binary, count: range.count, offsets: offsets.freeze(), values: values, validity: try validity(range))
    }

    /// Strings or bytes behind views, copied together.
    ///
    /// A view has 16 bytes: the length, then up to 12 bytes of the value itself, or 4 bytes of it, the number of a
    /// data buffer, and the place in there (Arrow columnar format, Variable-size Binary View Layout). A null's view
    /// is not looked at.
    func viewedBytes(of type: DataType, _ range: Range<Int>) throws(DataError) -> Column {
        let views = try buffer(1, range.lowerBound * 16..<range.upperBound * 16, of: "views")
        let data = try viewedBuffers()
        let validity = try validity(range)
        let offsets = MutableBuffer(uninitialized: (range.count + 1) * MemoryLayout<Int64>.size)
        let ends = offsets.elements(as: Int64.self)
        ends[0] = 0
        var total: Int64 = 0
        for row in 0..<range.count {
            if validity?[row] ?? true {
                let length = views.base.loadUnaligned(fromByteOffset: row * 16, as: Int32.self)
                guard length >= 0 else { throw contradiction("has a string of \(length) bytes") }
                total += Int64(length)
            }
            ends[row + 1] = total
        }
        try checkMemory(for: Int(total))
        let values = MutableBuffer(uninitialized: Int(total))
        for row in 0..<range.count {
            let start = Int(ends[row])
            let length = Int(ends[row + 1]) - start
            if length == 0 { continue }
            let view = views.base + row * 16
            if length <= 12 {
                memcpy(values.base + start, view + 4, length)
                continue
            }
            let index = Int(view.loadUnaligned(fromByteOffset: 8, as: Int32.self))
            let place = Int(view.loadUnaligned(fromByteOffset: 12, as: Int32.self))
            guard data.indices.contains(index), place >= 0, place + length <= data[index].count else {
                throw contradiction("has a string view that points outside its data")
            }
            memcpy(values.base + start, data[index].base + place, length)
        }
        return Column(
            type, count: range.count, offsets: offsets.freeze(), values: values.freeze(), validity: validity)
    }

    /// The data buffers behind views. They follow the views; last comes a buffer with the length of each.
    private func viewedBuffers() throws(DataError) -> [Buffer] {
        let count = Int(array.n_buffers) - 3
        let lengths = try buffer(count + 2, 0..<count * MemoryLayout<Int64>.size, of: "data lengths")
        var buffers: [Buffer] = []
        for i in 0..<count {
            let length = lengths.base.loadUnaligned(fromByteOffset: i * MemoryLayout<Int64>.size, as: Int64.self)
            guard length >= 0, length <= Self.maximumExtent else {
                throw contradiction("has a data buffer of \(length) bytes")
            }
            buffers.append(try buffer(i + 2, 0..<Int(length), of: "data"))
        }
        return buffers
    }
}
