import Columnar
import Foundation

/// Notes rows as they are served, for one reader: a copy of some hundred bytes, no allocation and no call to the system but
/// for the clock.
///
/// Of each row it puts into the queue, little-endian and unaligned:
///
///     UInt32  length of all that follows
///     UInt32  number of the layout
///     Int64   time, logged_at, encoder_state
///     UInt16  length of the request id, and its bytes
///     for each join key: UInt8 1 if it is there, then its value
///     for each feature: UInt8 its status' letter, and if it is present its value
///     for each view: Int64 its row's event time, or Int64.min
///
/// A value is a UInt8 (bool), Int64 (integers and times), 4 or 8 bytes (floats), a UInt32 length and bytes (strings), or a
/// vector's elements.
package final class LogRecorder: Sendable {
    package let layout: LogLayout
    private let number: UInt32
    private let queue: LogQueue
    private let clock: @Sendable () -> Timestamp
    /// Hashes below it are kept; nil for all.
    private let limit: UInt64?
    /// The places of the join keys in the order of their names, by which a sample of rows goes too (`RowSample`).
    private let keyOrder: [Int]
    /// Bytes of a row without strings.
    private let fixedBytes: Int
    private let textFeatures: [Int]
    private let viewFeatures: [Int]

    init(
        _ layout: LogLayout, number: UInt32, queue: LogQueue, sample: Double, viewFeatures: [Int],
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.layout = layout
        self.number = number
        self.queue = queue
        self.clock = clock
        limit = sample < 1 ? UInt64(sample * 0x1p64) : nil
        keyOrder = layout.joinKeys.indices.sorted { layout.joinKeys[$0].name < layout.joinKeys[$1].name }
        let vectors = layout.featureTypes.reduce(0) { sum, type in
            if case .vector(let count) = type { sum + 4 * count } else { sum + 13 }
        }
        fixedBytes = 34 + layout.joinKeys.count * 9 + vectors + layout.featureTypes.count + layout.viewNames.count * 8
        textFeatures = layout.featureTypes.indices.filter { [.string, .bytes].contains(layout.featureTypes[$0]) }
        self.viewFeatures = viewFeatures
    }

    /// To be called before the read, where the service's reads wait for room.
    package func waitForRoom() throws { try queue.waitForRoom() }

    /// Notes rows that are being served.
    ///
    /// - Parameters:
    ///   - keys: a column a join key, in the order of the layout's.
    ///   - ids: as many as `check(rows:)` has approved.
    ///   - time: the moment that ages were judged at.
    ///   - encoderState: the version of the encoders' state, if encoded vectors are served.
    package func record(
        _ rows: ServedRows, keys: [Column], _ ids: RequestIDs, at time: Timestamp, encoderState: Int64 = 0
    ) {
        let now = clock()
        for row in 0..<rows.count where isKept(keys, row) {
            var id = ids.id(of: row, rows: rows.count)
            id.withUTF8 { id in
                let size = fixedBytes + id.count + textBytes(rows, keys, row)
                _ = queue.append(atMost: size) { start in
                    write(rows, keys, row, UnsafeRawBufferPointer(id), (time, now), encoderState, to: start)
                }
            }
        }
    }

    /// Whether the key of a row is in the sample.
    private func isKept(_ keys: [Column], _ row: Int) -> Bool {
        guard let limit else { return true }
        return withUnsafeTemporaryAllocation(byteCount: KeyWriter.capacity, alignment: 16) { memory in
            var writer = KeyWriter(memory)
            writer.begin()
            for place in keyOrder {
                guard writer.append(keys[place], row, as: layout.joinKeys[place].type) else { return false }
            }
            guard let key = writer.key else { return false }
            return EncodedKeys.hash(of: key, seed: 0) < limit
        }
    }

    private func textBytes(_ rows: ServedRows, _ keys: [Column], _ row: Int) -> Int {
        var bytes = 0
        for (key, column) in zip(layout.joinKeys, keys) where key.type == .string || key.type == .bytes {
            if !column.isNull(row) { bytes += column.bytes(at: row).count }
        }
        for feature in textFeatures {
            switch rows.value(feature, of: row).value {
            case .string(let text), .bytes(let text): bytes += text.count
            default: break
            }
        }
        return bytes
    }

    @inline(__always)
    private func write(
        _ rows: ServedRows, _ keys: [Column], _ row: Int, _ id: UnsafeRawBufferPointer,
        _ times: (read: Timestamp, now: Timestamp), _ encoderState: Int64, to start: UnsafeMutableRawPointer
    ) -> Int {
        var writer = RecordWriter(start)
        writer.put(UInt32(0))
        writer.put(number)
        writer.put(times.read.microseconds)
        writer.put(times.now.microseconds)
        writer.put(encoderState)
        writer.put(UInt16(truncatingIfNeeded: id.count))
        writer.put(id)
        for (key, column) in zip(layout.joinKeys, keys) { writer.put(column, row, as: key.type) }
        for feature in layout.featureTypes.indices {
            let (value, status) = rows.value(feature, of: row)
            writer.put(status.letter)
            if status == .present { writer.put(value) }
        }
        for feature in viewFeatures { writer.put(rows.eventTime(feature, of: row) ?? .min) }
        let length = writer.position - start
        start.storeBytes(of: UInt32(length - 4), as: UInt32.self)
        return length
    }
}

/// Writes values one behind the other.
///
/// Invariant: whoever makes it has room for all that is put.
private struct RecordWriter {
    private(set) var position: UnsafeMutableRawPointer

    init(_ start: UnsafeMutableRawPointer) { position = start }

    @inline(__always)
    mutating func put<Word: BitwiseCopyable>(_ word: Word) {
        position.storeBytes(of: word, as: Word.self)
        position += MemoryLayout<Word>.size
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        memcpy(position, start, bytes.count)
        position += bytes.count
    }

    @inline(__always)
    mutating func put(_ value: ServedValue) {
        switch value {
        case .none: break
        case .bool(let value): put(UInt8(value ? 1 : 0))
        case .int(let value): put(value)
        case .float32(let value): put(value)
        case .float64(let value): put(value)
        case .timestamp(let value): put(value)
        case .string(let text), .bytes(let text):
            put(UInt32(truncatingIfNeeded: text.count))
            put(text)
        case .vector(let elements): put(elements)
        }
    }

    @inline(__always)
    mutating func put(_ column: Column, _ row: Int, as type: FeatureType) {
        if column.isNull(row) { return put(UInt8(0)) }
        put(UInt8(1))
        switch type {
        case .int64: put(column.elements(as: Int64.self)[row])
        case .int32: put(Int64(column.elements(as: Int32.self)[row]))
        case .bool: put(UInt8(column.bits[row] ? 1 : 0))
        default:
            let text = column.bytes(at: row)
            put(UInt32(truncatingIfNeeded: text.count))
            put(text)
        }
    }
}
