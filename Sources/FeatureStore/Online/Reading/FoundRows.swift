import Columnar
import Foundation

/// Rows of one view that a batch of keys has found, where they lie in the map: good while the snapshot lives.
struct FoundRows {
    private enum Match {
        case notFound
        case found(StoredRow, RowProjection, isOver: Bool)
    }

    private let features: [StoredFeature]
    private var matches: [Match]
    /// The rows' bytes, where they were copied out of the map.
    private var copies: Buffer?

    /// - Parameter count: keys, none of which has been found yet.
    init(_ features: [StoredFeature], count: Int) {
        self.features = features
        matches = [Match](repeating: .notFound, count: count)
    }

    mutating func set(_ place: Int, _ row: StoredRow, _ projection: RowProjection, isOver: Bool) {
        matches[place] = .found(row, projection, isOver: isOver)
    }

    /// Takes the rows out of the map, so that they outlive the snapshot.
    mutating func copyRows() {
        let bytes = MutableBuffer()
        for case .found(let row, _, _) in matches { bytes.append(contentsOf: row.bytes) }
        let copies = bytes.freeze()
        var start = 0
        for place in matches.indices {
            guard case .found(let row, let projection, let isOver) = matches[place] else { continue }
            let copy = UnsafeRawBufferPointer(rebasing: copies.bytes[start..<start + row.bytes.count])
            matches[place] = .found(StoredRow(checked: copy), projection, isOver: isOver)
            start += copy.count
        }
        self.copies = copies
    }

    /// A feature's value of a row, with what is known of it.
    @inline(__always)
    func value(_ position: Int, of place: Int) -> (value: ServedValue, status: FeatureStatus) {
        guard case .found(let row, let projection, let isOver) = matches[place] else { return (.none, .notFound) }
        if isOver { return (.none, .outsideMaxAge) }
        let slot = projection.slots[position]
        return row.isNull(slot) ? (.none, .nullValue) : (row.value(slot), .present)
    }

    /// When a row happened, in microseconds UTC; nil if there is no row, or a timeless one.
    @inline(__always)
    func eventTime(of place: Int) -> Int64? {
        guard case .found(let row, _, _) = matches[place], row.eventTime != RowAge.unknownTime else { return nil }
        return row.eventTime
    }

    func columns() -> OnlineRows {
        var columns: [Column] = []
        var statuses: [[FeatureStatus]] = []
        for position in features.indices {
            let status = statusesOfFeature(position)
            statuses.append(status)
            columns.append(column(position, features[position].type, Validity(status)))
        }
        return OnlineRows(features: columns, statuses: statuses, eventTimes: eventTimes())
    }

    private func statusesOfFeature(_ position: Int) -> [FeatureStatus] {
        matches.map { match in
            guard case .found(let row, let projection, let isOver) = match else { return .notFound }
            if isOver { return .outsideMaxAge }
            return row.isNull(projection.slots[position]) ? .nullValue : .present
        }
    }

    private func eventTimes() -> Column {
        var times = ColumnBuilder(.instant)
        for place in matches.indices {
            if let time = eventTime(of: place) { times.append(fixed: time) } else { times.appendNull() }
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

    private func column(_ position: Int, _ type: FeatureType, _ validity: Validity) -> Column {
        switch type {
        case .bool:
            let bits = matches.indices.map { row in
                guard validity.statuses[row] == .present, case .found(let stored, let projection, _) = matches[row]
                else { return false }
                return stored.load(projection.slots[position], as: UInt8.self) != 0
            }
            return Column(bits: Bitmap(bits), validity: validity.bitmap)
        case .string, .bytes: return variableWidth(position, type.dataType, validity)
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
            guard validity.statuses[row] == .present, case .found(let stored, let projection, _) = match,
                let base = stored.bytes.baseAddress
            else { continue }
            memcpy(values.base + row * width, base + projection.slots[position].offset, width)
        }
        return values.freeze()
    }

    private func variableWidth(_ position: Int, _ type: DataType, _ validity: Validity) -> Column {
        let values = MutableBuffer()
        let offsets = MutableBuffer(capacity: (matches.count + 1) * 8)
        offsets.append(Int64(0))
        for (row, match) in matches.enumerated() {
            if validity.statuses[row] == .present, case .found(let stored, let projection, _) = match,
                let bytes = stored.variableBytes(projection.slots[position])
            {
                values.append(contentsOf: bytes)
            }
            offsets.append(Int64(values.count))
        }
        return Column(
            type, count: matches.count, offsets: offsets.freeze(), values: values.freeze(), validity: validity.bitmap)
    }
}
