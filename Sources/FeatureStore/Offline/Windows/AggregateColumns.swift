import Columnar
import Foundation

/// The aggregates of one view for all entity rows, in the caller's order.
struct AggregateColumns: Sendable {
    let coverage: Coverage
    /// A part for each batch of keys, by feature.
    private let parts: [[Column]]
    private let lastEvents: [Column]
    /// Int32, by key and time: the caller's rows, of which those whose key is null are none.
    private let rows: Buffer
    private let rowCount: Int
    private let types: [DataType]

    /// - Parameters:
    ///   - results: of all key ranges, in order.
    ///   - types: of the features, in the order of the join's.
    ///   - rowCount: of the caller's rows.
    init(_ join: AggregateJoin, _ results: [AggregateJoin.RangeResult], types: [FeatureType], rowCount: Int) {
        var outcomes = [Int](repeating: 0, count: MatchOutcome.allCases.count)
        for result in results {
            for (outcome, count) in result.outcomes.enumerated() { outcomes[outcome] += count }
        }
        coverage = Coverage(view: join.layout.view.name, outcomes: outcomes, keyNull: join.order.keyNullCount)
        parts = types.indices.map { feature in results.flatMap { $0.columns[feature] } }
        lastEvents = results.flatMap(\.lastEvents)
        self.types = types.map(\.dataType)
        self.rowCount = rowCount
        rows = join.order.rows
    }

    /// The feature at `index` of the join's.
    func column(_ index: Int) -> Column { inOrder(parts[index], type: types[index]) }

    /// When the last event was that counted in any window.
    func lastEventTimes() -> Column { inOrder(lastEvents, type: .instant) }

    /// The parts' values at the caller's rows; null where a key is.
    private func inOrder(_ parts: [Column], type: DataType) -> Column {
        switch type.byteWidth {
        case 4: return scattered(UInt32.self, parts, type)
        case 8: return scattered(UInt64.self, parts, type)
        default:
            var places = [Int32](repeating: -1, count: rowCount)
            withExtendedLifetime(rows) {
                for (place, row) in rows.elements(as: Int32.self).enumerated() {
                    places[Int(row)] = Int32(truncatingIfNeeded: place)
                }
            }
            return places.withUnsafeBufferPointer { Column.concatenating(parts, type: type).taking($0) }
        }
    }

    private func scattered<Element: BitwiseCopyable>(_: Element.Type, _ parts: [Column], _ type: DataType) -> Column {
        let hasNulls = parts.contains { $0.validity != nil } || rows.count / 4 < rowCount
        let values = MutableBuffer(uninitialized: rowCount * MemoryLayout<Element>.size)
        let validity = MutableBuffer(zeroed: hasNulls ? (rowCount + 7) / 8 : 0)
        if rows.count / 4 < rowCount { memset(values.base, 0, values.count) }
        withExtendedLifetime((rows, parts)) {
            let target = values.elements(as: Element.self)
            let bits = validity.elements(as: UInt8.self)
            let rows = rows.elements(as: Int32.self)
            var place = 0
            for part in parts {
                let source = part.elements(as: Element.self)
                for i in 0..<part.count { target[Int(rows[place + i])] = source[i] }
                if hasNulls {
                    for i in 0..<part.count where !part.isNull(i) {
                        let row = Int(rows[place + i])
                        bits[row >> 3] |= 1 << UInt8(row & 7)
                    }
                }
                place += part.count
            }
        }
        return Column(
            type, count: rowCount, values: values.freeze(),
            validity: hasNulls ? Bitmap(buffer: validity.freeze(), count: rowCount) : nil)
    }
}
