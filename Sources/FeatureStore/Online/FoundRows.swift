import Columnar
import Foundation

/// Rows that a batch of keys has found in the map, to be turned into columns while the snapshot lives.
struct FoundRows {
    enum Match {
        case notFound
        case found(StoredRow, RowProjection, isOver: Bool, UnsafeRawBufferPointer)
    }

    private let view: ViewContext
    private var matches: [Match] = []

    init(view: ViewContext, count: Int) {
        self.view = view
        matches.reserveCapacity(count)
    }

    mutating func append(_ match: Match) { matches.append(match) }

    /// - Throws: `OnlineError` if a string or bytes value points outside of its row.
    func columns() throws -> OnlineRows {
        let features = view.selection.view.features
        var columns: [Column] = []
        var statuses: [[FeatureStatus]] = []
        for position in features.indices {
            let status = statusesOfFeature(position)
            statuses.append(status)
            columns.append(try column(position, features[position].type, Validity(status)))
        }
        return OnlineRows(features: columns, statuses: statuses, eventTimes: eventTimes())
    }

    private func statusesOfFeature(_ position: Int) -> [FeatureStatus] {
        matches.map { match in
            guard case .found(let row, let projection, let isOver, _) = match else { return .notFound }
            if isOver { return .outsideMaxAge }
            return row.isNull(projection.slots[position]) ? .nullValue : .present
        }
    }

    private func eventTimes() -> Column {
        var times = ColumnBuilder(.instant)
        for match in matches {
            if case .found(let row, _, _, _) = match, row.eventTime != RowAge.unknownTime {
                times.append(fixed: row.eventTime)
            } else {
                times.appendNull()
            }
        }
        return times.finish()
    }

    /// Which rows are present, and as a bitmap, absent where all are.
    private struct Validity {
        let statuses: [FeatureStatus]
        let bitmap: Bitmap?

        init(_ statuses: [FeatureStatus]) {
            self.statuses = statuses
            bitmap = statuses.allSatisfy { $0 == .present } ? nil : Bitmap(statuses.map { $0 == .present })
        }
    }

    private func column(_ position: Int, _ type: FeatureType, _ validity: Validity) throws -> Column {
        switch type {
        case .bool:
            let bits = matches.indices.map { row in
                guard validity.statuses[row] == .present, case .found(let stored, let projection, _, _) = matches[row]
                else { return false }
                return stored.load(projection.slots[position], as: UInt8.self) != 0
            }
            return Column(bits: Bitmap(bits), validity: validity.bitmap)
        case .string, .bytes: return try variableWidth(position, type.dataType, validity)
        case .vector(let count):
            let elements = Column(
                .float32, count: matches.count * count, values: fixedWidth(position, 4 * count, validity))
            return Column(vectorsOf: elements, size: count, count: matches.count, validity: validity.bitmap)
        case .int32, .int64, .float32, .float64, .timestamp:
            return Column(
                type.dataType, count: matches.count, values: fixedWidth(position, type.slotWidth, validity),
                validity: validity.bitmap)
        }
    }

    private func fixedWidth(_ position: Int, _ width: Int, _ validity: Validity) -> Buffer {
        let values = MutableBuffer(zeroed: matches.count * width)
        for (row, match) in matches.enumerated() {
            guard validity.statuses[row] == .present, case .found(let stored, let projection, _, _) = match,
                let base = stored.bytes.baseAddress
            else { continue }
            memcpy(values.base + row * width, base + projection.slots[position].offset, width)
        }
        return values.freeze()
    }

    private func variableWidth(_ position: Int, _ type: DataType, _ validity: Validity) throws -> Column {
        let values = MutableBuffer()
        let offsets = MutableBuffer(capacity: (matches.count + 1) * 8)
        offsets.append(Int64(0))
        for (row, match) in matches.enumerated() {
            if validity.statuses[row] == .present, case .found(let stored, let projection, _, let key) = match {
                guard let bytes = stored.variableBytes(projection.slots[position]) else { throw view.damaged(key) }
                values.append(contentsOf: bytes)
            }
            offsets.append(Int64(values.count))
        }
        return Column(
            type, count: matches.count, offsets: offsets.freeze(), values: values.freeze(), validity: validity.bitmap)
    }
}
