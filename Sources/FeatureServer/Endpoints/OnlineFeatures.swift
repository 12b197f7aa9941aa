import Columnar
import FeatureStore

/// `POST /get-online-features`: Feast's request and answer (Feast 0.67, `feature_server.py`), feature by feature.
enum OnlineFeatures {
    /// What a read came to, for the metrics.
    struct Counts {
        var rows = 0
        /// By `FeatureStatus.allCases`.
        var statuses: (present: Int, null: Int, notFound: Int, tooOld: Int) = (0, 0, 0, 0)
    }

    static func answer(
        _ exchange: HTTPExchange, state: ServingState, rights: [AccessScope], maximumRows: Int
    ) throws -> Counts {
        let request = try OnlineFeaturesRequest(exchange.body.bytes)
        let features = try request.features(in: state, rights: rights)
        let reader = features.reader
        let keys = try request.keys(for: reader, maximumRows: maximumRows)
        let columns = request.columns(keys, of: reader)
        // What else the request gives is told only where a feature passes it through.
        let joinKeys = keys.filter { $0.input < reader.joinKeys.count }
        var counts = Counts()
        let now = request.time ?? .now
        let recording = try request.recording(exchange, of: features, rows: reader.entityCount(columns))
        try reader.withRows(columns, at: now) { rows in
            if let (recorder, ids) = recording { recorder.record(rows, keys: columns, ids, at: now) }
            let output = exchange.response
            output.append("{\"results\":[" as StaticString)
            write(joinKeys, of: reader, to: output)
            var times = EventTimes(views: reader.service.views.count + 1)
            for feature in features.names.indices {
                output.append(UInt8(ascii: ","))
                write(feature, rows, &times, &counts, to: output)
            }
            output.append("],\"metadata\":{\"feature_names\":[" as StaticString)
            for (place, key) in joinKeys.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                output.appendJSON(reader.inputs[key.input].name)
            }
            for name in features.names { output.append(name) }
            output.append("]}}" as StaticString)
            counts.rows = rows.count
        }
        return counts
    }

    /// The join keys come back as they were given, present, at time 0.
    private static func write(_ keys: [OnlineFeaturesRequest.Key], of reader: ServiceReader, to output: ByteBuffer) {
        for (place, key) in keys.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            let type = reader.inputs[key.input].type
            output.append("{\"values\":[" as StaticString)
            for row in 0..<key.column.count {
                if row > 0 { output.append(UInt8(ascii: ",")) }
                output.appendJSON(key.column, row: row, type: type)
            }
            output.append("],\"statuses\":[" as StaticString)
            for row in 0..<key.column.count {
                output.append((row > 0 ? ",\"PRESENT\"" : "\"PRESENT\"") as StaticString)
            }
            output.append("],\"event_timestamps\":[" as StaticString)
            for row in 0..<key.column.count {
                output.append((row > 0 ? ",\"1970-01-01T00:00:00Z\"" : "\"1970-01-01T00:00:00Z\"") as StaticString)
            }
            output.append("]}" as StaticString)
        }
    }

    /// Values and statuses stand apart in the answer: the statuses are kept aside while the values are written.
    private static func write(
        _ feature: Int, _ rows: ServedRows, _ times: inout EventTimes, _ counts: inout Counts, to output: ByteBuffer
    ) {
        withUnsafeTemporaryAllocation(of: FeatureStatus.self, capacity: rows.count) { statuses in
            output.append("{\"values\":[" as StaticString)
            for row in 0..<rows.count {
                if row > 0 { output.append(UInt8(ascii: ",")) }
                let (value, status) = rows.value(feature, of: row)
                output.appendJSON(value)
                statuses.initializeElement(at: row, to: status)
            }
            output.append("],\"statuses\":[" as StaticString)
            for row in 0..<rows.count {
                if row > 0 { output.append(UInt8(ascii: ",")) }
                output.append(status: statuses[row], &counts)
            }
        }
        output.append("],\"event_timestamps\":[" as StaticString)
        times.write(feature, rows, to: output)
        output.append("]}" as StaticString)
    }
}

/// The event times of a view's rows as JSON, written once and copied for each feature of the view.
private struct EventTimes {
    /// Where each view's times stand in the answer.
    private var written: [Range<Int>?]

    init(views: Int) { written = Array(repeating: nil, count: views) }

    mutating func write(_ feature: Int, _ rows: ServedRows, to output: ByteBuffer) {
        let view = rows.view(of: feature)
        if let known = written[view] {
            output.append(contentsOf: known)
            return
        }
        let start = output.count
        for row in 0..<rows.count {
            if row > 0 { output.append(UInt8(ascii: ",")) }
            output.appendJSON(Timestamp(microseconds: rows.eventTime(feature, of: row) ?? 0))
        }
        written[view] = start..<output.count
    }
}

extension ByteBuffer {
    /// Copies bytes that it holds already to its end.
    fileprivate func append(contentsOf range: Range<Int>) {
        reserve(range.count)
        append(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    @inline(__always)
    fileprivate func append(status: FeatureStatus, _ counts: inout OnlineFeatures.Counts) {
        switch status {
        case .present:
            counts.statuses.present += 1
            append("\"PRESENT\"" as StaticString)
        case .nullValue:
            counts.statuses.null += 1
            append("\"NULL_VALUE\"" as StaticString)
        case .notFound:
            counts.statuses.notFound += 1
            append("\"NOT_FOUND\"" as StaticString)
        case .outsideMaxAge:
            counts.statuses.tooOld += 1
            append("\"OUTSIDE_MAX_AGE\"" as StaticString)
        }
    }

    /// A served value as JSON; a null is null.
    @inline(__always)
    func appendJSON(_ value: ServedValue) {
        switch value {
        case .none: append("null" as StaticString)
        case .bool(let flag): appendJSON(flag)
        case .int(let number): appendJSON(number)
        case .float32(let number): appendJSON(Double(number))
        case .float64(let number): appendJSON(number)
        case .timestamp(let microseconds): appendJSON(Timestamp(microseconds: microseconds))
        case .string(let text): appendJSON(utf8: text)
        case .bytes(let bytes): appendJSON(base64: bytes)
        case .vector(let elements):
            append(UInt8(ascii: "["))
            for start in stride(from: 0, to: elements.count, by: 4) {
                if start > 0 { append(UInt8(ascii: ",")) }
                appendJSON(Double(elements.loadUnaligned(fromByteOffset: start, as: Float.self)))
            }
            append(UInt8(ascii: "]"))
        }
    }
}
