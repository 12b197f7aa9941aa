import Columnar
import Synchronization

/// Reads the features of a service by key, and remembers the rows of reads that have a request id, exactly as they were
/// served.
///
/// What was read is durable a moment later, and once `flush` has returned.
///
/// ```swift
/// let reader = try store.recordingReader(for: "eta_v1")
/// let values = try reader.read([.int(1001)], at: .now, requestID: "trip-17")
/// ```
public final class RecordingReader: Sendable {
    /// Reads without a memory.
    public let reader: ServiceReader
    private let writer: FeatureLogWriter
    private let definitions: Int64
    private let current: Mutex<(process: Int32, recorder: LogRecorder)>

    init(_ reader: ServiceReader, writer: FeatureLogWriter, definitions: Int64) throws {
        self.reader = reader
        self.writer = writer
        self.definitions = definitions
        current = Mutex((OwnProcess.id, try writer.recorder(for: reader, definitions: definitions)))
    }

    /// What notes rows of this process.
    package func recorder() throws -> LogRecorder {
        try current.withLock { current in
            if current.process != OwnProcess.id {
                current = (OwnProcess.id, try writer.recorder(for: reader, definitions: definitions))
            }
            return current.recorder
        }
    }

    /// Reads rows in place, and notes them once `body` has made something good of them (`ServiceReader.withRows`).
    package func withRows<Result>(
        _ keys: [Column], at now: Timestamp, _ ids: RequestIDs, remembersIf isGood: (Result) -> Bool = { _ in true },
        _ body: (ServedRows) throws -> Result
    ) throws -> Result {
        try ids.check(rows: reader.entityCount(keys))
        let recorder = try recorder()
        try recorder.waitForRoom()
        return try reader.withRows(keys, at: now) { rows in
            let result = try body(rows)
            if isGood(result) { recorder.record(rows, keys: keys, ids, at: now) }
            return result
        }
    }

    /// The values of a batch: for each entity, given by a column a join key in the order of `reader.joinKeys`, one value a
    /// feature.
    ///
    /// - Throws: `LogError.badRequestID`; `OnlineError` if a stored row is damaged.
    public func read(_ keys: [Column], at now: Timestamp, requestIDs ids: RequestIDs) throws -> [[OnlineValue]] {
        try withRows(keys, at: now, ids) { rows in
            (0..<rows.count).map { entity in
                reader.service.features.indices.map { feature in
                    let (value, status) = rows.value(feature, of: entity)
                    return OnlineValue(
                        value: value.value(as: reader.service.features[feature].feature.type), status: status,
                        eventTime: rows.eventTime(feature, of: entity).map(Timestamp.init(microseconds:)))
                }
            }
        }
    }

    /// The values for one set of keys, in the order of `reader.joinKeys`; nil, and nothing is remembered, if a key does not
    /// fit its type.
    public func read(_ keys: [Value], at now: Timestamp, requestID: String) throws -> [OnlineValue]? {
        guard let columns = reader.columns(of: keys) else { return nil }
        return try read(columns, at: now, requestIDs: .one(requestID)).first
    }

    /// Reads each entity's numbers as float32, the same as `ServiceReader.readVectors`.
    public func readVectors(
        _ keys: [Column], at now: Timestamp, requestIDs ids: RequestIDs, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        let width = try reader.vectorWidth()
        precondition(target.count == reader.entityCount(keys) * width)
        try withRows(keys, at: now, ids) { rows in
            rows.writeVectors(of: reader, into: target)
        }
    }

    /// Waits until all that was remembered so far is durable.
    ///
    /// - Throws: why it cannot be.
    public func flush() throws { try writer.flush() }
}

extension ServedRows {
    /// The rows' numbers as float32, the same as `ServiceReader.readVectors` of the reader that found them.
    package func writeVectors(of reader: ServiceReader, into target: UnsafeMutableBufferPointer<Float>) {
        guard var place = target.baseAddress else { return }
        let widths = reader.vectorLayout.widths
        precondition(target.count == count * (reader.vectorLayout.width ?? 0))
        for entity in 0..<count {
            for (feature, width) in widths.enumerated() {
                value(feature, of: entity).value.write(to: place, count: width ?? 0)
                place += width ?? 0
            }
        }
    }
}

extension ServedValue {
    /// As a value that lives on; null for `none`.
    func value(as type: FeatureType) -> Value {
        switch self {
        case .none: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .float32(let value): .float32(value)
        case .float64(let value): .float64(value)
        case .timestamp(let value): .timestamp(Timestamp(microseconds: value))
        case .string(let text): .string(String(decoding: text, as: UTF8.self))
        case .bytes(let bytes): .bytes(Array(bytes))
        case .vector(let elements):
            .list(
                stride(from: 0, to: elements.count, by: 4).map {
                    .float32(elements.loadUnaligned(fromByteOffset: $0, as: Float.self))
                })
        }
    }

    /// As float32s: booleans 0 or 1, NaN for what is none.
    @inline(__always)
    func write(to target: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .bool(let value): target.pointee = value ? 1 : 0
        case .int(let value): target.pointee = Float(value)
        case .float32(let value): target.pointee = value
        case .float64(let value): target.pointee = Float(value)
        case .vector(let elements):
            UnsafeMutableRawPointer(target).copyMemory(from: elements.baseAddress!, byteCount: 4 * count)
        case .none, .timestamp, .string, .bytes: for place in 0..<count { target[place] = .nan }
        }
    }
}
