import Foundation

extension Column {
    /// The rows at `indices`, in that order; a negative index gives a null. Complexity: O(indices + bytes moved).
    public func taking(_ indices: UnsafeBufferPointer<Int32>) -> Column {
        let taken = takenValidity(indices)
        switch type {
        case .bool:
            let target = MutableBuffer(zeroed: (indices.count + 7) / 8)
            let bytes = target.elements(as: UInt8.self)
            let source = bits
            for (i, index) in indices.enumerated() where index >= 0 && source[Int(index)] {
                bytes[i >> 3] |= 1 << UInt8(i & 7)
            }
            return Column(bits: Bitmap(buffer: target.freeze(), count: indices.count), validity: taken)
        case .string, .binary: return takingBytes(indices, validity: taken)
        case .list:
            let (elementIndices, offsets) = listElementIndices(indices)
            let elements = elementIndices.withUnsafeBufferPointer { child!.taking($0) }
            return Column(listOf: elements, count: indices.count, offsets: offsets, validity: taken)
        case .fixedSizeList(_, let size):
            var elementIndices: [Int32] = []
            elementIndices.reserveCapacity(indices.count * size)
            for index in indices {
                for j in 0..<size { elementIndices.append(index < 0 ? 0 : index * Int32(size) + Int32(j)) }
            }
            guard child!.count > 0 else { return Column.nulls(type, count: indices.count) }
            let elements = elementIndices.withUnsafeBufferPointer { child!.taking($0) }
            return Column(vectorsOf: elements, size: size, count: indices.count, validity: taken)
        default:
            let width = type.byteWidth!
            let target = MutableBuffer(uninitialized: indices.count * width)
            switch width {
            case 1: take(UInt8.self, indices, into: target)
            case 2: take(UInt16.self, indices, into: target)
            case 4: take(UInt32.self, indices, into: target)
            case 8: take(UInt64.self, indices, into: target)
            default: take(UInt128.self, indices, into: target)
            }
            return Column(type, count: indices.count, values: target.freeze(), validity: taken)
        }
    }

    /// A column of `count` nulls.
    public static func nulls(_ type: DataType, count: Int) -> Column {
        var builder = ColumnBuilder(type)
        for _ in 0..<count { builder.appendNull() }
        return builder.finish()
    }

    private func take<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ indices: UnsafeBufferPointer<Int32>, into target: MutableBuffer
    ) {
        let source = elements(as: T.self)
        let output = target.elements(as: T.self)
        withExtendedLifetime(self) {
            for (i, index) in indices.enumerated() { output[i] = index < 0 ? 0 : source[Int(index)] }
        }
    }

    private func takenValidity(_ indices: UnsafeBufferPointer<Int32>) -> Bitmap? {
        let target = MutableBuffer(zeroed: (indices.count + 7) / 8)
        let bytes = target.elements(as: UInt8.self)
        var nulls = 0
        for (i, index) in indices.enumerated() {
            if index >= 0 && !isNull(Int(index)) {
                bytes[i >> 3] |= 1 << UInt8(i & 7)
            } else {
                nulls += 1
            }
        }
        return nulls == 0 ? nil : Bitmap(buffer: target.freeze(), count: indices.count)
    }

    private func takingBytes(_ indices: UnsafeBufferPointer<Int32>, validity: Bitmap?) -> Column {
        let source = offsetElements
        let offsets = MutableBuffer(uninitialized: (indices.count + 1) * 8)
        let target = offsets.elements(as: Int64.self)
        var total: Int64 = 0
        target[0] = 0
        for (i, index) in indices.enumerated() {
            if index >= 0 { total += source[Int(index) + 1] - source[Int(index)] }
            target[i + 1] = total
        }
        let bytes = MutableBuffer(uninitialized: Int(total))
        for (i, index) in indices.enumerated() where index >= 0 {
            let start = source[Int(index)]
            memcpy(bytes.base + Int(target[i]), values.base + Int(start), Int(source[Int(index) + 1] - start))
        }
        return Column(
            type, count: indices.count, offsets: offsets.freeze(), values: bytes.freeze(), validity: validity)
    }

    private func listElementIndices(_ indices: UnsafeBufferPointer<Int32>) -> ([Int32], Buffer) {
        let source = offsetElements
        let offsets = MutableBuffer(capacity: (indices.count + 1) * 8)
        var elementIndices: [Int32] = []
        offsets.append(Int64(0))
        for index in indices {
            if index >= 0 {
                for j in source[Int(index)]..<source[Int(index) + 1] { elementIndices.append(Int32(j)) }
            }
            offsets.append(Int64(elementIndices.count))
        }
        return (elementIndices, offsets.freeze())
    }
}
