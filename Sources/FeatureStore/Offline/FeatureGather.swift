import Columnar
import Foundation

/// An output column that takes chosen rows of history, block after block, into the entity rows' places.
///
/// Places that nothing is gathered into are null. Memory is that of the output, and of the page in work.
final class FeatureGather {
    private let type: DataType
    private let count: Int
    private let validity: MutableBuffer
    private let values: MutableBuffer
    private var filled = 0
    /// Where each place's text lies in `values`, in the order in which texts were gathered: known once all lengths are.
    private var texts: [Text] = []

    private struct Text {
        var offset = 0
        var length = 0
    }

    init(_ type: DataType, count: Int) {
        self.type = type
        self.count = count
        validity = MutableBuffer(zeroed: (count + 7) / 8)
        switch type {
        case .bool: values = MutableBuffer(zeroed: (count + 7) / 8)
        case .string, .binary:
            values = MutableBuffer()
            texts = Array(repeating: Text(), count: count)
        case .fixedSizeList(_, let size): values = MutableBuffer(zeroed: count * size * 4)
        default: values = MutableBuffer(zeroed: count * (type.byteWidth ?? 0))
        }
    }

    /// Takes `rows[i]` of a block, which ascend, for place `targets[i]`.
    func gather(
        _ column: BlockColumn, rows: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
    ) throws(DataError) {
        switch column {
        case .whole(let column): gather(column, firstRow: 0, rows, targets)
        case .pages(let pages):
            var start = 0
            while start < rows.count {
                let page = pages.page(holding: Int(rows[start]))
                let range = pages.rows(of: page)
                let end = gallop(from: start + 1, to: rows.count) { Int(rows[$0]) < range.upperBound }
                let (own, places) = (
                    UnsafeBufferPointer(rebasing: rows[start..<end]),
                    UnsafeBufferPointer(rebasing: targets[start..<end])
                )
                if let dense = try pages.denseValues(of: page) {
                    gather(dense, firstRow: range.lowerBound, own, places)
                } else {
                    gather(try pages.read(page), firstRow: range.lowerBound, own, places)
                }
                start = end
            }
        }
    }

    /// The finished column.
    func finish() -> Column {
        let bitmap = filled == count ? nil : Bitmap(buffer: validity.freeze(), count: count)
        switch type {
        case .bool: return Column(bits: Bitmap(buffer: values.freeze(), count: count), validity: bitmap)
        case .string, .binary: return finishTexts(bitmap)
        case .fixedSizeList(let element, let size):
            let elements = Column(element, count: count * size, values: values.freeze())
            return Column(vectorsOf: elements, size: size, count: count, validity: bitmap)
        default: return Column(type, count: count, values: values.freeze(), validity: bitmap)
        }
    }

    private func finishTexts(_ bitmap: Bitmap?) -> Column {
        let offsets = MutableBuffer(uninitialized: (count + 1) * 8)
        let ends = offsets.elements(as: Int64.self)
        let ordered = MutableBuffer(uninitialized: values.count)
        var position = 0
        ends[0] = 0
        for (place, text) in texts.enumerated() {
            memcpy(ordered.base + position, values.base + text.offset, text.length)
            position += text.length
            ends[place + 1] = Int64(position)
        }
        return Column(type, count: count, offsets: offsets.freeze(), values: ordered.freeze(), validity: bitmap)
    }
}

// MARK: - Decoded columns

extension FeatureGather {
    /// - Parameter firstRow: the row of the block where the column begins.
    private func gather(
        _ column: Column, firstRow: Int, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        precondition(column.type == type)
        withExtendedLifetime(column) {
            switch type {
            case .bool:
                let source = column.bits
                let bytes = values.elements(as: UInt8.self)
                for i in 0..<rows.count where source[Int(rows[i]) - firstRow] {
                    bytes[Int(targets[i]) >> 3] |= 1 << UInt8(targets[i] & 7)
                }
            case .string, .binary:
                for i in 0..<rows.count where !column.isNull(Int(rows[i]) - firstRow) {
                    let bytes = column.bytes(at: Int(rows[i]) - firstRow)
                    texts[Int(targets[i])] = Text(offset: values.count, length: bytes.count)
                    values.append(contentsOf: bytes)
                }
            case .fixedSizeList(_, let size):
                guard let elements = column.child?.values, elements.count >= column.count * size * 4 else { return }
                for i in 0..<rows.count {
                    memcpy(
                        values.base + Int(targets[i]) * size * 4, elements.base + (Int(rows[i]) - firstRow) * size * 4,
                        size * 4)
                }
            default:
                switch type.byteWidth {
                case 1: take(UInt8.self, column, firstRow, rows, targets)
                case 2: take(UInt16.self, column, firstRow, rows, targets)
                case 4: take(UInt32.self, column, firstRow, rows, targets)
                default: take(UInt64.self, column, firstRow, rows, targets)
                }
            }
            takeValidity(column.validity, firstRow, rows, targets)
        }
    }

    @inline(__always)
    private func take<Value: BitwiseCopyable>(
        _: Value.Type, _ column: Column, _ firstRow: Int, _ rows: UnsafeBufferPointer<Int32>,
        _ targets: UnsafeBufferPointer<Int32>
    ) {
        let source = column.elements(as: Value.self)
        let output = values.elements(as: Value.self)
        for i in 0..<rows.count { output[Int(targets[i])] = source[Int(rows[i]) &- firstRow] }
    }

    private func takeValidity(
        _ source: Bitmap?, _ firstRow: Int, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        let bytes = validity.elements(as: UInt8.self)
        guard let source else {
            for target in targets { bytes[Int(target) >> 3] |= 1 << UInt8(target & 7) }
            filled += targets.count
            return
        }
        for i in 0..<rows.count {
            let bit: UInt8 = source[Int(rows[i]) - firstRow] ? 1 : 0
            bytes[Int(targets[i]) >> 3] |= bit << UInt8(targets[i] & 7)
            filled += Int(bit)
        }
    }
}

// MARK: - Values as they lie in a file

extension FeatureGather {
    /// Takes values of a page of which nulls are left out: a row's value is behind those of the valid rows before it.
    private func gather(
        _ dense: DenseValues, firstRow: Int, _ rows: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>
    ) {
        precondition(dense.type == type)
        switch type.byteWidth {
        case 1: take(UInt8.self, dense, firstRow, rows, targets)
        case 2: take(UInt16.self, dense, firstRow, rows, targets)
        case 4: take(UInt32.self, dense, firstRow, rows, targets)
        default: take(UInt64.self, dense, firstRow, rows, targets)
        }
    }

    @inline(__always)
    private func take<Value: BitwiseCopyable>(
        _: Value.Type, _ dense: DenseValues, _ firstRow: Int, _ rows: UnsafeBufferPointer<Int32>,
        _ targets: UnsafeBufferPointer<Int32>
    ) {
        let source = dense.values.base
        let width = MemoryLayout<Value>.stride
        let output = values.elements(as: Value.self)
        let bytes = validity.elements(as: UInt8.self)
        guard let bits = dense.validity else {
            for i in 0..<rows.count {
                output[Int(targets[i])] = source.loadUnaligned(
                    fromByteOffset: (Int(rows[i]) &- firstRow) &* width, as: Value.self)
                bytes[Int(targets[i]) >> 3] |= 1 << UInt8(targets[i] & 7)
            }
            filled += rows.count
            return
        }
        // The values before each stretch of 64 rows.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: dense.rowCount / 64 + 1) { before in
            var sum = 0
            for word in 0..<before.count {
                before[word] = sum
                if word * 64 < dense.rowCount { sum += bits.word(at: word * 64).nonzeroBitCount }
            }
            for i in 0..<rows.count {
                let row = Int(rows[i]) &- firstRow
                let word = bits.word(at: row & ~63)
                let bit = UInt64(truncatingIfNeeded: row & 63)
                guard word &>> bit & 1 == 1 else { continue }
                let place = before[row >> 6] &+ (word & (1 &<< bit &- 1)).nonzeroBitCount
                output[Int(targets[i])] = source.loadUnaligned(fromByteOffset: place &* width, as: Value.self)
                bytes[Int(targets[i]) >> 3] |= 1 << UInt8(targets[i] & 7)
                filled &+= 1
            }
        }
        withExtendedLifetime(dense) {}
    }
}
