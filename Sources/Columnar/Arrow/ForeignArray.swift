import CArrowABI
import Foundation

/// One array of a batch that another library lent us, read with every number in it checked.
///
/// Invariant: the pointers in `array` are good for as long as `batch` lives; every buffer made here names it as owner.
/// How long buffers are, the interface does not tell: a buffer is taken to be as long as the array's own offset and
/// length, or its last offset, make it.
struct ForeignArray {
    let array: ArrowArray
    let batch: ForeignBatch

    /// The most rows, elements or bytes an array may claim. Nothing real comes near, and no arithmetic below overflows.
    static let maximumExtent = 1 << 40

    init(_ array: ArrowArray, batch: ForeignBatch) {
        self.array = array
        self.batch = batch
    }

    /// The rows `rows` of this array, which count from its own offset.
    func column(_ layout: ArrowLayout, rows: Range<Int>) throws(DataError) -> Column {
        let range = try physicalRange(of: rows)
        guard (Int64(layout.bufferCount)...Int64(Int32.max)).contains(array.n_buffers) else {
            throw contradiction("has \(array.n_buffers) buffers where its type needs \(layout.bufferCount)")
        }
        switch layout {
        case .nulls: return try nulls(count: range.count)
        case .fixedWidth(let type):
            return Column(
                type, count: range.count, values: try values(of: type, range), validity: try validity(range))
        case .bits: return Column(bits: try bits(1, range, of: "values"), validity: try validity(range))
        case .variableWidth(let type, let width):
            let (offsets, extent) = try offsets(width, range)
            return Column(
                type, count: range.count, offsets: offsets, values: try buffer(2, extent, of: "values"),
                validity: try validity(range))
        case .views(let type): return try viewedBytes(of: type, range)
        case .fixedSizeBinary(let size): return try bytes(ofLength: size, range)
        case .list(let element, let width):
            let (offsets, extent) = try offsets(width, range)
            return Column(
                listOf: try child().column(element, rows: extent), count: range.count, offsets: offsets,
                validity: try validity(range))
        case .fixedSizeList(let element, let size):
            return Column(
                vectorsOf: try child().column(element, rows: try scaled(range, by: size)), size: size,
                count: range.count, validity: try validity(range))
        case .dictionary(let indices, let values):
            return try dictionaryValues(values, indices: indices, range)
        }
    }

    /// Where `rows` lie in the buffers.
    func physicalRange(of rows: Range<Int>) throws(DataError) -> Range<Int> {
        guard array.length >= 0, array.offset >= 0, array.length <= Self.maximumExtent,
            array.offset <= Self.maximumExtent
        else {
            throw contradiction("has \(array.length) rows from row \(array.offset) on, which cannot be")
        }
        guard rows.upperBound <= array.length else {
            throw contradiction("has \(array.length) rows where \(rows.upperBound) are needed")
        }
        return rows.lowerBound + Int(array.offset)..<rows.upperBound + Int(array.offset)
    }

    /// The validity bitmap; nil where no row is null.
    func validity(_ range: Range<Int>) throws(DataError) -> Bitmap? {
        // -1 says that the producer has not counted them.
        guard array.null_count >= -1 else { throw contradiction("has \(array.null_count) nulls, which cannot be") }
        guard array.null_count != 0, !range.isEmpty else { return nil }
        if array.null_count < 0, array.n_buffers < 1 || array.buffers?[0] == nil { return nil }
        return try bits(0, range, of: "validity")
    }

    /// The bits `range` of a buffer, in place.
    private func bits(_ index: Int, _ range: Range<Int>, of what: String) throws(DataError) -> Bitmap {
        let firstByte = range.lowerBound >> 3
        let buffer = try buffer(index, firstByte..<max(firstByte, (range.upperBound + 7) >> 3), of: what)
        return Bitmap(buffer: buffer, bitOffset: range.isEmpty ? 0 : range.lowerBound & 7, count: range.count)
    }

    /// The values `range`, in place unless they are misaligned for their type.
    private func values(of type: DataType, _ range: Range<Int>) throws(DataError) -> Buffer {
        guard let width = type.byteWidth else { preconditionFailure("\(type) is not of fixed width") }
        return try buffer(1, range.lowerBound * width..<range.upperBound * width, of: "values").aligned(to: width)
    }

    /// The bytes `range` of buffer `index`, in place. A buffer of which nothing is needed may be missing.
    func buffer(_ index: Int, _ range: Range<Int>, of what: String) throws(DataError) -> Buffer {
        guard range.upperBound <= Self.maximumExtent * 16 else {
            throw contradiction("has \(what) up to byte \(range.upperBound), which cannot be")
        }
        if range.isEmpty { return .empty }
        guard index < array.n_buffers, let start = array.buffers?[index] else {
            throw contradiction("has \(range.count) bytes of \(what) but no buffer for them")
        }
        return Buffer(base: start + range.lowerBound, count: range.count, owner: batch)
    }

    /// The one child of a list.
    private func child() throws(DataError) -> ForeignArray {
        guard array.n_children == 1, let child = array.children?[0] else {
            throw contradiction("is a list without an array of elements")
        }
        return ForeignArray(child.pointee, batch: batch)
    }

    /// Rows as elements of a child with `size` elements a row.
    func scaled(_ range: Range<Int>, by size: Int) throws(DataError) -> Range<Int> {
        let (end, overflows) = range.upperBound.multipliedReportingOverflow(by: size)
        guard !overflows, end <= Self.maximumExtent else {
            throw contradiction("has \(range.upperBound) rows of \(size) elements each, which cannot be")
        }
        return range.lowerBound * size..<end
    }

    /// Refuses to copy more than the machine can hold: few bytes can stand for many where values are shared.
    func checkMemory(for byteCount: Int) throws(DataError) {
        guard byteCount <= ProcessInfo.processInfo.physicalMemory else {
            throw DataError("needs \(byteCount) bytes, more than this machine's memory; pass fewer rows at a time")
        }
    }

    func contradiction(_ what: String) -> DataError {
        DataError("\(what): the library that made the Arrow data is at fault")
    }

    /// Strings, all null; one run of zeros serves as offsets and as validity.
    private func nulls(count: Int) throws(DataError) -> Column {
        try checkMemory(for: (count + 1) * MemoryLayout<Int64>.size)
        let zeros = MutableBuffer(zeroed: (count + 1) * MemoryLayout<Int64>.size).freeze()
        return Column(
            .string, count: count, offsets: zeros, values: .empty, validity: Bitmap(buffer: zeros, count: count))
    }
}

extension Buffer {
    /// The same bytes at an address that is a multiple of `width`, copied only where they are not.
    fileprivate func aligned(to width: Int) -> Buffer {
        if UInt(bitPattern: base) % UInt(width) == 0 { return self }
        let copy = MutableBuffer(capacity: count)
        copy.append(contentsOf: bytes)
        return copy.freeze()
    }
}
