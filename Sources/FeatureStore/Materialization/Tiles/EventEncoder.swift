import Columnar
import Foundation

/// Writes events of a view's history as they are kept online (`TileEvent`): of each what the layout of its tiles needs.
///
/// Conditions are computed here, for all events of a batch at once: they depend on the event alone.
struct EventEncoder: Sendable {
    private let tiles: TileLayout
    private let layout: ViewLayout
    /// The stored columns that are read, each once.
    private let columns: [Feature]
    private let groups: [Group]
    private let hasCreated: Bool
    private let hasOrder: Bool

    private struct Group: Sendable {
        let isKept: Bool
        /// Places in `columns`.
        let value: Int?
        let key: Int?
        let filter: Filter?
    }

    private struct Filter: Sendable {
        let expression: Expression
        let inputs: [Input]
    }

    private enum Input: Sendable {
        case column(Int)
        case key(Int)
        case event
        case created
    }

    /// - Throws: `OnlineError` if a condition cannot be computed, which `apply` rules out.
    init(_ tiles: TileLayout, of target: PushTarget) throws {
        self.tiles = tiles
        layout = target.layout
        var columns: [Feature] = []
        func place(_ name: String?) -> Int? {
            guard let name, let feature = target.layout.features.first(where: { $0.name == name }) else { return nil }
            if let known = columns.firstIndex(of: feature) { return known }
            columns.append(feature)
            return columns.count - 1
        }
        groups = try tiles.groups.map { group in
            guard group.isKept else { return Group(isKept: false, value: nil, key: nil, filter: nil) }
            let filter = try group.filter.map { text in
                let view = target.layout.view
                let names = AggregateFilter.names(
                    of: view.storedFeatures, in: view, source: target.source, joinKeys: target.layout.keys)
                let expression: Expression
                do {
                    expression = try AggregateFilter.compiled(text, names: names)
                } catch {
                    throw OnlineError("the condition '\(text)': \(error)", view: view.name)
                }
                let inputs = try expression.inputs.map { input -> Input in
                    if let place = place(input.name) { return .column(place) }
                    if let key = target.layout.keys.firstIndex(where: { $0.name == input.name }) { return .key(key) }
                    if input.name == target.source.timestamp { return .event }
                    if input.name == target.source.created { return .created }
                    throw OnlineError(
                        "the condition '\(text)' reads '\(input.name)', which is not stored", view: view.name)
                }
                return Filter(expression: expression, inputs: inputs)
            }
            return Group(
                isKept: true, value: place(group.column?.name), key: place(group.by?.name), filter: filter)
        }
        self.columns = columns
        hasCreated = target.layout.hasCreated && (tiles.availability == .created || tiles.needsPlaces)
        hasOrder = tiles.needsPlaces
    }

    /// The events of some rows of `parts`.
    func batch(of rows: EventRows, in parts: [HistoryPart]) throws(DataError) -> TileBatch {
        let columns = try columns.map { feature throws(DataError) in try rows.gather(feature, of: parts) }
        let values = columns.map(ScalarColumn.init)
        let passes = groups.map { group in
            group.filter.map { passing($0, rows, columns) }
        }
        var offsets = [Int](repeating: 0, count: rows.rows.count + 1)
        let fixed = TileEvent.headerLength + (hasCreated ? 8 : 0) + (groups.count + 7) / 8
        for row in rows.rows.indices {
            var length = fixed
            if hasOrder {
                length += Self.length(parts[rows.rows[row].part].sequences.upperBound)
                length += Self.length(Self.ordinal(rows.rows[row]))
            }
            for (number, group) in groups.enumerated() where isCounted(row, group, passes[number], values) {
                if let key = group.key { length += values[key].length(row) }
                if let value = group.value { length += values[value].length(row) }
            }
            offsets[row + 1] = offsets[row] + length
        }
        let bytes = MutableBuffer(uninitialized: offsets[rows.rows.count])
        for row in rows.rows.indices {
            write(row, rows, parts, passes, values, offsets[row + 1] - offsets[row], to: bytes.base + offsets[row])
        }
        return TileBatch(keys: rows.keys, firstEvents: rows.firstRows, offsets: offsets, bytes: bytes.freeze())
    }

    /// Where a row stands among its part's.
    @inline(__always)
    private static func ordinal(_ row: ChosenRow) -> Int64 {
        Int64(row.block) * Int64(ChosenRow.maximumBlockRows) + Int64(row.row)
    }

    @inline(__always)
    private func isCounted(_ row: Int, _ group: Group, _ passes: [Bool]?, _ values: [ScalarColumn]) -> Bool {
        guard group.isKept, passes?[row] ?? true else { return false }
        if let key = group.key, values[key].isNull(row) { return false }
        if let value = group.value, values[value].isNull(row) { return false }
        return true
    }

    private func write(
        _ row: Int, _ rows: EventRows, _ parts: [HistoryPart], _ passes: [[Bool]?], _ values: [ScalarColumn],
        _ length: Int, to base: UnsafeMutableRawPointer
    ) {
        base.storeBytes(of: UInt32(truncatingIfNeeded: length).littleEndian, as: UInt32.self)
        base.storeBytes(of: rows.events[row].littleEndian, toByteOffset: 4, as: Int64.self)
        let flags = (hasCreated ? TileEvent.hasCreated : 0) | (hasOrder ? TileEvent.hasOrder : 0)
        base.storeBytes(of: flags, toByteOffset: 12, as: UInt8.self)
        var end = base + TileEvent.headerLength
        if hasCreated {
            end.storeBytes(of: rows.created[row].littleEndian, as: Int64.self)
            end += 8
        }
        if hasOrder {
            Self.write(parts[rows.rows[row].part].sequences.upperBound, to: &end)
            Self.write(Self.ordinal(rows.rows[row]), to: &end)
        }
        let bits = end
        let bitBytes = (groups.count + 7) / 8
        memset(bits, 0, bitBytes)
        end += bitBytes
        for (number, group) in groups.enumerated() where isCounted(row, group, passes[number], values) {
            let byte = bits + number >> 3
            byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(number & 7), as: UInt8.self)
            if let key = group.key { values[key].write(row, to: &end) }
            if let value = group.value { values[value].write(row, to: &end) }
        }
    }

    // MARK: - Conditions

    private func passing(_ filter: Filter, _ rows: EventRows, _ columns: [Column]) -> [Bool] {
        let count = rows.rows.count
        let inputs = filter.inputs.map { input in
            switch input {
            case .column(let place): columns[place]
            case .key(let place): keyColumn(place, rows)
            case .event: Self.times(rows.events)
            case .created: Self.times(rows.created)
            }
        }
        let passed = filter.expression.evaluate(over: inputs, rowCount: count, as: .bool)
        return (0..<count).map { !passed.isNull($0) && passed.bits[$0] }
    }

    private static func times(_ times: [Int64]) -> Column {
        var builder = ColumnBuilder(.instant)
        for time in times { if time == .min { builder.appendNull() } else { builder.append(fixed: time) } }
        return builder.finish()
    }

    private func keyColumn(_ place: Int, _ rows: EventRows) -> Column {
        let encoder = KeyEncoder(layout.keys.map(\.type))
        var builder = ColumnBuilder(layout.keys[place].type.dataType)
        for key in 0..<rows.keys.count {
            let value = encoder.decode(rows.keys.bytes(at: key))?[place] ?? .null
            for _ in rows.firstRows[key]..<rows.firstRows[key + 1] where !builder.append(value) {
                preconditionFailure("a key was decoded as another type than its own")
            }
        }
        return builder.finish()
    }

    // MARK: - Numbers of varying length, as `SketchWriter` writes them

    @inline(__always)
    private static func zigzag(_ number: Int64) -> UInt64 { UInt64(bitPattern: number << 1 ^ number >> 63) }

    @inline(__always)
    private static func length(_ number: Int64) -> Int { max(1, (64 - zigzag(number).leadingZeroBitCount + 6) / 7) }

    @inline(__always)
    private static func write(_ number: Int64, to end: inout UnsafeMutableRawPointer) {
        ScalarColumn.write(zigzag(number), to: &end)
    }
}

/// A column's values as events hold them.
private struct ScalarColumn {
    private let column: Column
    /// Nil for values of varying length, and vectors.
    private let words: [UInt64]?

    init(_ column: Column) {
        self.column = column
        let count = column.count
        switch column.type {
        case .string, .binary, .fixedSizeList: words = nil
        case .bool: words = (0..<count).map { AggregateScalar.word(ofInteger: column.bits[$0] ? 1 : 0) }
        case .int32:
            let source = column.elements(as: Int32.self)
            words = (0..<count).map { AggregateScalar.word(ofInteger: Int64(source[$0])) }
        case .float32:
            let source = column.elements(as: Float.self)
            words = (0..<count).map { AggregateScalar.word(ofFloat: Double(source[$0])) }
        case .float64:
            let source = column.elements(as: Double.self)
            words = (0..<count).map { AggregateScalar.word(ofFloat: source[$0]) }
        default:
            let source = column.elements(as: Int64.self)
            words = (0..<count).map { AggregateScalar.word(ofInteger: source[$0]) }
        }
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool { column.isNull(row) }

    func length(_ row: Int) -> Int {
        if words != nil { return 8 }
        guard case .bytes(let bytes) = AggregateScalar(column, row: row) else { return 0 }
        return Self.length(UInt64(bytes.count)) + bytes.count
    }

    func write(_ row: Int, to end: inout UnsafeMutableRawPointer) {
        if let words {
            end.storeBytes(of: words[row].littleEndian, as: UInt64.self)
            end += 8
            return
        }
        guard case .bytes(let bytes) = AggregateScalar(column, row: row) else { return }
        Self.write(UInt64(bytes.count), to: &end)
        bytes.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { memcpy(end, start, bytes.count) }
        }
        end += bytes.count
    }

    private static func length(_ number: UInt64) -> Int { max(1, (64 - number.leadingZeroBitCount + 6) / 7) }

    @inline(__always)
    static func write(_ number: UInt64, to end: inout UnsafeMutableRawPointer) {
        var rest = number
        while rest >= 0x80 {
            end.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            end += 1
            rest >>= 7
        }
        end.storeBytes(of: UInt8(rest), as: UInt8.self)
        end += 1
    }
}
