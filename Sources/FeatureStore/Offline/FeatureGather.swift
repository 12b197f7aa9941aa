import Columnar
import Foundation

/// An output column that takes chosen rows of history, block after block, into the entity rows' places.
///
/// Places that nothing is gathered into are null.
final class FeatureGather {
    private let type: DataType
    private let count: Int
    private let validity: MutableBuffer
    private let values: MutableBuffer
    private var filled = 0
    /// Bytes are collected as places in the sources, and copied once when all lengths are known.
    private var sources: [Column] = []
    private var places: [(source: Int32, row: Int32)] = []

    init(_ type: DataType, count: Int) {
        self.type = type
        self.count = count
        validity = MutableBuffer(zeroed: (count + 7) / 8)
        switch type {
        case .bool: values = MutableBuffer(zeroed: (count + 7) / 8)
        case .string, .binary:
            values = MutableBuffer()
            places = Array(repeating: (-1, -1), count: count)
        case .fixedSizeList(_, let size): values = MutableBuffer(zeroed: count * size * 4)
        default: values = MutableBuffer(zeroed: count * type.byteWidth!)
        }
    }

    /// Takes `rows[i]` of `column` for place `targets[i]`.
    func gather(
        _ column: Column, rows: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
    ) {
        precondition(column.type == type && rows.count == targets.count)
        withExtendedLifetime(column) {
            switch type {
            case .bool:
                let source = column.bits
                let bytes = values.elements(as: UInt8.self)
                for i in 0..<rows.count where source[Int(rows[i])] {
                    bytes[Int(targets[i]) >> 3] |= 1 << UInt8(targets[i] & 7)
                }
            case .string, .binary:
                let source = Int32(sources.count)
                sources.append(column)
                for i in 0..<rows.count { places[Int(targets[i])] = (source, rows[i]) }
            case .fixedSizeList(_, let size): gatherVectors(column, size, rows, targets)
            default: gatherFixed(column, rows, targets)
            }
            gatherValidity(column, rows, targets)
        }
    }

    private func gatherFixed(
        _ column: Column, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        switch type.byteWidth! {
        case 1: gather(UInt8.self, column, rows, targets)
        case 2: gather(UInt16.self, column, rows, targets)
        case 4: gather(UInt32.self, column, rows, targets)
        default: gather(UInt64.self, column, rows, targets)
        }
    }

    @inline(__always)
    private func gather<T: BitwiseCopyable>(
        _: T.Type, _ column: Column, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        let source = column.elements(as: T.self)
        let output = values.elements(as: T.self)
        for i in 0..<rows.count { output[Int(targets[i])] = source[Int(rows[i])] }
    }

    private func gatherVectors(
        _ column: Column, _ size: Int, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        guard let elements = column.child?.values, elements.count >= column.count * size * 4 else { return }
        for i in 0..<rows.count {
            memcpy(values.base + Int(targets[i]) * size * 4, elements.base + Int(rows[i]) * size * 4, size * 4)
        }
    }

    private func gatherValidity(
        _ column: Column, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        let bytes = validity.elements(as: UInt8.self)
        guard let source = column.validity else {
            for target in targets { bytes[Int(target) >> 3] |= 1 << UInt8(target & 7) }
            filled += targets.count
            return
        }
        for i in 0..<rows.count {
            let bit: UInt8 = source[Int(rows[i])] ? 1 : 0
            bytes[Int(targets[i]) >> 3] |= bit << UInt8(targets[i] & 7)
            filled += Int(bit)
        }
    }

    /// The finished column.
    func finish() -> Column {
        let bitmap = filled == count ? nil : Bitmap(buffer: validity.freeze(), count: count)
        switch type {
        case .bool: return Column(bits: Bitmap(buffer: values.freeze(), count: count), validity: bitmap)
        case .string, .binary: return finishBytes(bitmap)
        case .fixedSizeList(let element, let size):
            let elements = Column(element, count: count * size, values: values.freeze())
            return Column(vectorsOf: elements, size: size, count: count, validity: bitmap)
        default: return Column(type, count: count, values: values.freeze(), validity: bitmap)
        }
    }

    private func finishBytes(_ bitmap: Bitmap?) -> Column {
        let offsets = MutableBuffer(capacity: (count + 1) * 8)
        offsets.append(Int64(0))
        for place in places {
            if place.source >= 0, !sources[Int(place.source)].isNull(Int(place.row)) {
                values.append(contentsOf: sources[Int(place.source)].bytes(at: Int(place.row)))
            }
            offsets.append(Int64(values.count))
        }
        return Column(type, count: count, offsets: offsets.freeze(), values: values.freeze(), validity: bitmap)
    }
}
