import Columnar
import Foundation

/// A column of a batch whose values were dealt to buckets, from which any rows are taken.
struct DealtColumn: Sendable {
    let type: DataType
    private let content: Content
    /// A byte a row, 1 for valid ones; nil if no row is null.
    private let validity: Buffer?

    private enum Content: Sendable {
        /// Values of `width` bytes, at their places. Booleans are bytes.
        case values(Buffer, width: Int)
        /// Values that vary in width, where they arrived, and for each place the piece and row that belong there.
        case pieces([Column], origins: Buffer)
    }

    private struct Origin: BitwiseCopyable {
        let piece: Int32
        let row: Int32
    }

    /// Deals a column that comes in pieces, pieces side by side on the cores.
    ///
    /// - Parameters:
    ///   - memory: for the values; what it held is lost.
    ///   - column: a piece of the column.
    init(
        _ type: DataType, of pieceCount: Int, by distribution: BucketDistribution, memory: DealingMemory,
        column: @Sendable (_ piece: Int) throws(DataError) -> Column
    ) throws(DataError) {
        self.type = type
        let numbers = Array(0..<pieceCount)
        guard let width = type.dealtWidth else {
            let origins = MutableBuffer(uninitialized: distribution.rowCount * MemoryLayout<Origin>.stride)
            let places = UncheckedPointer(origins.base)
            let columns = try Parallel.tryMap(numbers) { (number) throws(DataError) in
                let target = places.pointer.assumingMemoryBound(to: Origin.self)
                distribution.forEachPlace(ofPiece: number) { row, place in
                    target[place] = Origin(
                        piece: Int32(truncatingIfNeeded: number), row: Int32(truncatingIfNeeded: row))
                }
                return try column(number)
            }
            content = .pieces(columns, origins: origins.freeze())
            validity = nil
            return
        }
        let values = UncheckedPointer(memory.reserveValues(bytes: distribution.rowCount * width))
        let valid = UncheckedPointer(memory.reserveValidity(rows: distribution.rowCount))
        let haveNulls = try Parallel.tryMap(numbers) { (number) throws(DataError) in
            let column = try column(number)
            Self.deal(column, width: width, ofPiece: number, by: distribution, to: values.pointer)
            return Self.dealValidity(of: column, ofPiece: number, by: distribution, to: valid.pointer)
        }
        content = .values(memory.values, width: width)
        if haveNulls.contains(true) {
            // Pieces without nulls have left their bytes as they were.
            for number in numbers where !haveNulls[number] {
                let bytes = valid.pointer.assumingMemoryBound(to: UInt8.self)
                distribution.forEachPlace(ofPiece: number) { _, place in bytes[place] = 1 }
            }
            validity = memory.validity
        } else {
            validity = nil
        }
    }

    private static func deal(
        _ column: Column, width: Int, ofPiece piece: Int, by distribution: BucketDistribution,
        to target: UnsafeMutableRawPointer
    ) {
        withExtendedLifetime(column) {
            switch column.type {
            case .bool:
                let bits = column.bits
                let bytes = target.assumingMemoryBound(to: UInt8.self)
                distribution.forEachPlace(ofPiece: piece) { row, place in bytes[place] = bits[row] ? 1 : 0 }
            case .fixedSizeList:
                guard let elements = column.child?.values, elements.count >= column.count * width else { return }
                distribution.forEachPlace(ofPiece: piece) { row, place in
                    memcpy(target + place * width, elements.base + row * width, width)
                }
            default:
                switch width {
                case 1: distribution.deal(column.elements(as: UInt8.self), ofPiece: piece, to: target.bound())
                case 2: distribution.deal(column.elements(as: UInt16.self), ofPiece: piece, to: target.bound())
                case 4: distribution.deal(column.elements(as: UInt32.self), ofPiece: piece, to: target.bound())
                default: distribution.deal(column.elements(as: UInt64.self), ofPiece: piece, to: target.bound())
                }
            }
        }
    }

    /// Returns whether there are nulls; if there are none nothing is written.
    private static func dealValidity(
        of column: Column, ofPiece piece: Int, by distribution: BucketDistribution, to target: UnsafeMutableRawPointer
    ) -> Bool {
        guard let validity = column.validity, column.nullCount > 0 else { return false }
        let bytes = target.assumingMemoryBound(to: UInt8.self)
        withExtendedLifetime(validity) {
            distribution.forEachPlace(ofPiece: piece) { row, place in bytes[place] = validity[row] ? 1 : 0 }
        }
        return true
    }
}

// MARK: - Taking rows

extension DealtColumn {
    /// The values at `places`, in that order. Complexity: O(places + bytes moved).
    func taking(_ places: UnsafeBufferPointer<Int32>) -> Column {
        switch content {
        case .values(let values, let width): takingFixed(values, width, places)
        case .pieces(let columns, let origins): takingVaried(columns, origins, places)
        }
    }

    /// The values themselves, at their places.
    ///
    /// - Precondition: the type is of that width.
    func values<Value: BitwiseCopyable>(as _: Value.Type = Value.self) -> UnsafeBufferPointer<Value> {
        guard case .values(let values, width: MemoryLayout<Value>.stride) = content else {
            preconditionFailure("values of another width")
        }
        return values.elements()
    }

    private func takingFixed(_ source: Buffer, _ width: Int, _ places: UnsafeBufferPointer<Int32>) -> Column {
        let bitmap = takingValidity(places)
        return withExtendedLifetime(source) {
            switch type {
            case .bool:
                let bytes = source.elements(as: UInt8.self)
                return Column(bits: Self.packed(places.count) { bytes[Int(places[$0])] }, validity: bitmap)
            case .fixedSizeList(let element, let size):
                let target = MutableBuffer(uninitialized: places.count * width)
                for i in 0..<places.count {
                    memcpy(target.base + i * width, source.base + Int(places[i]) * width, width)
                }
                return Column(
                    vectorsOf: Column(element, count: places.count * size, values: target.freeze()), size: size,
                    count: places.count, validity: bitmap)
            default:
                let target = MutableBuffer(uninitialized: places.count * width)
                switch width {
                case 1: Self.take(UInt8.self, source, places, to: target)
                case 2: Self.take(UInt16.self, source, places, to: target)
                case 4: Self.take(UInt32.self, source, places, to: target)
                default: Self.take(UInt64.self, source, places, to: target)
                }
                return Column(type, count: places.count, values: target.freeze(), validity: bitmap)
            }
        }
    }

    @inline(__always)
    private static func take<Value: BitwiseCopyable>(
        _: Value.Type, _ source: Buffer, _ places: UnsafeBufferPointer<Int32>, to target: MutableBuffer
    ) {
        let values = source.elements(as: Value.self)
        let output = target.elements(as: Value.self)
        for i in 0..<places.count { output[i] = values[Int(places[i])] }
    }

    private func takingValidity(_ places: UnsafeBufferPointer<Int32>) -> Bitmap? {
        guard let validity else { return nil }
        return withExtendedLifetime(validity) {
            let bytes = validity.elements(as: UInt8.self)
            return Self.packed(places.count) { bytes[Int(places[$0])] }
        }
    }

    /// Bits that are 0 or 1 by `bit`.
    @inline(__always)
    private static func packed(_ count: Int, _ bit: (Int) -> UInt8) -> Bitmap {
        let target = MutableBuffer(zeroed: (count + 63) / 64 * 8)
        let words = target.elements(as: UInt64.self)
        for start in stride(from: 0, to: count, by: 64) {
            var word: UInt64 = 0
            for i in start..<min(start + 64, count) {
                word |= UInt64(bit(i)) &<< UInt64(truncatingIfNeeded: i &- start)
            }
            words[start / 64] = word
        }
        return Bitmap(buffer: target.freeze(), count: count)
    }

    private func takingVaried(_ columns: [Column], _ origins: Buffer, _ places: UnsafeBufferPointer<Int32>) -> Column {
        let all = origins.elements(as: Origin.self)
        // Rows piece by piece, then put together in the asked order.
        var rows = columns.map { _ in [Int32]() }
        var numbers: [Int32] = []
        numbers.reserveCapacity(places.count)
        withExtendedLifetime(origins) {
            for place in places {
                let origin = all[Int(place)]
                numbers.append(Int32(rows[Int(origin.piece)].count))
                rows[Int(origin.piece)].append(origin.row)
            }
        }
        var starts: [Int32] = [0]
        for rows in rows { starts.append(starts[starts.count - 1] + Int32(rows.count)) }
        let parts = zip(columns, rows).map { column, rows in rows.withUnsafeBufferPointer { column.taking($0) } }
        let joined = Column.concatenating(parts, type: type)
        withExtendedLifetime(origins) {
            for i in 0..<places.count { numbers[i] += starts[Int(all[Int(places[i])].piece)] }
        }
        return numbers.withUnsafeBufferPointer { joined.taking($0) }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func bound<Value>() -> UnsafeMutablePointer<Value> { assumingMemoryBound(to: Value.self) }
}

extension DataType {
    /// Bytes of a value that is dealt by itself; nil for texts and lists, which vary.
    fileprivate var dealtWidth: Int? {
        switch self {
        case .bool: 1
        case .fixedSizeList(let element, let size): element.byteWidth.map { $0 * size }
        default: byteWidth
        }
    }
}
