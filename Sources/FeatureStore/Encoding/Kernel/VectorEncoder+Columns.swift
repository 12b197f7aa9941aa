import Columnar
import Foundation

extension VectorEncoder {
    /// How the numbers of many rows lie.
    enum Layout {
        /// Row after row, each a vector.
        case rows
        /// Slot after slot, each a column.
        case slots
    }

    /// Encodes rows of columns, one a feature in the encoder's order and of its types.
    ///
    /// - Returns: `rows × width` float32.
    func encode(_ columns: [Column], rows: Int, layout: Layout) -> Buffer {
        let target = MutableBuffer(uninitialized: rows * width * 4)
        encode(columns, rows: rows, layout: layout, into: target.elements(as: Float.self))
        return target.freeze()
    }

    /// The same into memory for `rows × width` float32.
    func encode(_ columns: [Column], rows: Int, layout: Layout, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(columns.count == features.count && columns.allSatisfy { $0.count == rows })
        precondition(target.count >= rows * width)
        guard let base = target.baseAddress, rows > 0 else { return }
        let places = SlotPlaces(base: base, width: width, rows: rows, layout: layout)
        let cells = zip(columns, features).map { ColumnCells($0, $1.type) }
        // A piece for a core goes feature by feature over few rows, so that what it writes stays in the cache.
        let pieces = Array(stride(from: 0, to: rows, by: Self.pieceRows))
        withExtendedLifetime(columns) {
            _ = Parallel.map(pieces) { [cells = UncheckedCells(cells: cells)] first in
                let piece = first..<min(first + Self.pieceRows, rows)
                withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.blockRows) { scratch in
                    guard let numbers = scratch.baseAddress else { return }
                    for feature in self.features.indices {
                        places.clear(self.features[feature], piece)
                        for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.blockRows) {
                            let block = start..<min(start + Self.blockRows, piece.upperBound)
                            self.encode(cells.cells[feature], feature, block, numbers, places)
                        }
                    }
                }
                return true
            }
        }
    }

    /// Rows that a core takes up at a time, and rows that take a step together.
    private static let pieceRows = 16_384
    static let blockRows = 1024

    /// Cells only point to memory that is read.
    private struct UncheckedCells: @unchecked Sendable { let cells: [ColumnCells] }

    /// Where each row's slots are. Invariant: `base` has room for all of them, and rows are written by one thread each.
    struct SlotPlaces: @unchecked Sendable {
        let base: UnsafeMutablePointer<Float>
        let width: Int
        let rows: Int
        let layout: Layout

        @inline(__always)
        func sink(of row: Int) -> DenseSink {
            layout == .rows ? DenseSink(target: base + row &* width) : DenseSink(target: base + row, stride: rows)
        }

        /// From a row's slot to the same slot of the next row.
        var rowStride: Int { layout == .rows ? width : 1 }

        /// Where a slot's number of a row is.
        @inline(__always)
        func place(_ slot: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
            base + (layout == .rows ? row &* width &+ slot : slot &* rows &+ row)
        }

        /// Zeros the slots of a feature that sets only some of them.
        func clear(_ feature: Feature, _ piece: Range<Int>) {
            guard feature.setsSome else { return }
            if layout == .rows {
                for row in piece { memset(place(feature.slots.lowerBound, row), 0, feature.slots.count * 4) }
            } else {
                for slot in feature.slots { memset(place(slot, piece.lowerBound), 0, piece.count * 4) }
            }
        }
    }

    /// Encodes a block of a feature's rows: value by value until they are numbers, then step by step.
    private func encode(
        _ cells: ColumnCells, _ number: Int, _ rows: Range<Int>, _ numbers: UnsafeMutablePointer<Double>,
        _ places: SlotPlaces
    ) {
        let feature = features[number]
        var next = feature.operations.lowerBound
        let end = feature.operations.upperBound
        if feature.lane == .number || (feature.lane == .integer && operations[next].code == .toNumber) {
            cells.load(rows, into: numbers)
            if feature.lane == .integer { next += 1 }
        } else {
            guard let first = firstOfNumbers(feature) else { return encodeCells(cells, feature, rows, places) }
            for row in rows {
                var cell = cells.cell(row)
                var sink = places.sink(of: row)
                for place in next..<first { _ = Self.perform(operations[place], &cell, &sink) }
                numbers[row - rows.lowerBound] = cell.number
            }
            next = first
        }
        while next < end {
            performNumbers(operations[next], rows, numbers, places)
            next += 1
        }
    }

    /// The operation from which on values are numbers; nil if they never are.
    private func firstOfNumbers(_ feature: Feature) -> Int? {
        for place in feature.operations {
            switch operations[place].code {
            case .toNumber, .ordinal, .numbers: return place + 1
            default: continue
            }
        }
        return nil
    }

    /// Encodes rows that never become numbers.
    private func encodeCells(_ cells: ColumnCells, _ feature: Feature, _ rows: Range<Int>, _ places: SlotPlaces) {
        if feature.operations.count == 1, feature.lane == .text {
            // The most usual case, without a look at what each value is.
            let operation = operations[feature.operations.lowerBound]
            for row in rows {
                var cell = cells.isNull(row) ? EncodingCell() : cells.text(row)
                var sink = places.sink(of: row)
                _ = Self.perform(operation, &cell, &sink)
            }
            return
        }
        for row in rows {
            var cell = cells.cell(row)
            var sink = places.sink(of: row)
            for place in feature.operations { guard Self.perform(operations[place], &cell, &sink) else { break } }
        }
    }

    /// Takes one step of a block of numbers.
    @inline(__always)
    private func performNumbers(
        _ operation: EncodingOperation, _ rows: Range<Int>, _ numbers: UnsafeMutablePointer<Double>,
        _ places: SlotPlaces
    ) {
        let count = rows.count
        switch operation.code {
        case .affine:
            for i in 0..<count {
                numbers[i] = EncodingArithmetic.affine(numbers[i], operation.first, operation.second)
            }
        case .log1p: for i in 0..<count { numbers[i] = EncodingArithmetic.log1p(numbers[i]) }
        case .clip:
            for i in 0..<count {
                numbers[i] = EncodingArithmetic.clip(numbers[i], operation.first, operation.second)
            }
        case .fillNumber:
            if operation.indicator >= 0 {
                let flags = places.place(operation.indicator, rows.lowerBound)
                for i in 0..<count where numbers[i].isNaN { flags[i &* places.rowStride] = 1 }
            }
            for i in 0..<count { numbers[i] = EncodingArithmetic.fill(numbers[i], operation.first) }
        case .bucketize: bucketize(operation, numbers, count)
        case .storeNumber:
            let target = places.place(operation.slot, rows.lowerBound)
            if places.rowStride == 1 {
                for i in 0..<count { target[i] = EncodingArithmetic.float(numbers[i]) }
            } else {
                for i in 0..<count { target[i &* places.rowStride] = EncodingArithmetic.float(numbers[i]) }
            }
        case .toNumber, .fillInteger, .fillText, .oneHot, .ordinal, .numbers, .hashed, .cyclic, .normalize,
            .storeVector:
            for i in 0..<count {
                var cell = EncodingCell(number: numbers[i])
                var sink = places.sink(of: rows.lowerBound + i)
                if Self.perform(operation, &cell, &sink) { numbers[i] = cell.number }
            }
        }
    }

    /// Few edges are counted, which needs no branch; more are searched.
    private func bucketize(_ operation: EncodingOperation, _ numbers: UnsafeMutablePointer<Double>, _ count: Int) {
        guard let edges = operation.numbers else { return }
        guard operation.count <= 16 else {
            for i in 0..<count { numbers[i] = EncodingArithmetic.bucket(numbers[i], edges, operation.count) }
            return
        }
        for i in 0..<count {
            let x = numbers[i]
            var below = 0.0
            for edge in 0..<operation.count { below += edges[edge] <= x ? 1 : 0 }
            numbers[i] = x.isNaN ? x : below
        }
    }
}

extension VectorEncoder {
    /// One row of columns as the places and values of what is not 0.
    func encodeSparse(_ cells: [ColumnCells], row: Int, into sink: inout SparseSink) {
        for (feature, cells) in cells.enumerated() { encode(cells.cell(row), feature: feature, into: &sink) }
    }
}

// MARK: - Following steps without storing slots

extension VectorEncoder {
    /// Takes the steps of the only feature for some rows, which are numbers then.
    func followNumbers(_ cells: ColumnCells, _ rows: Range<Int>, into numbers: UnsafeMutablePointer<Double>) {
        let feature = features[0]
        guard feature.lane != .integer || !feature.operations.isEmpty else { return cells.load(rows, into: numbers) }
        // No operation here sets a slot.
        var none: Float = 0
        withUnsafeMutablePointer(to: &none) { nowhere in
            encode(cells, 0, rows, numbers, SlotPlaces(base: nowhere, width: 0, rows: 0, layout: .rows))
        }
        // Whole numbers whose steps left them so.
        if feature.lane == .integer, firstOfNumbers(feature) == nil {
            for row in rows {
                var cell = cells.cell(row)
                var sink = NoSink()
                for place in feature.operations { _ = Self.perform(operations[place], &cell, &sink) }
                numbers[row - rows.lowerBound] = cell.isMissing ? .nan : Double(cell.integer)
            }
        }
    }

    /// Takes the steps of the only feature for a value, which is a category then; nil if it is missing.
    @inline(__always)
    func followCategory(_ value: EncodingCell) -> CategoryKey? {
        let feature = features[0]
        var cell = value
        var sink = NoSink()
        var isNumber = feature.lane == .number
        for place in feature.operations {
            let code = operations[place].code
            if code == .toNumber || code == .ordinal || code == .numbers { isNumber = true }
            _ = Self.perform(operations[place], &cell, &sink)
        }
        if isNumber { return cell.number.isNaN ? nil : CategoryKey(Int64(cell.number)) }
        if cell.isMissing { return nil }
        return feature.lane == .text ? CategoryKey(cell.bytes, cell.length) : CategoryKey(cell.integer)
    }

    /// Where no slot is set.
    private struct NoSink: EncodingSink {
        mutating func set(_ slot: Int, _ value: Float) {}
    }
}
