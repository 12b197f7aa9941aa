import CFStore
import Columnar
import FeatureStore
import Foundation

/// Where the parts of a reader's row stand in a record of fs_reader_rows.
struct RecordLayout {
    /// Of each feature, in order: which of the reader's views it is of, and where its value stands.
    let views: [Int]
    let viewNames: [String]
    let values: [Int]
    /// Of each view: where the event time of its row stands.
    let eventTimes: [Int]
    let rowBytes: Int
    private let types: [FeatureType]

    init(of reader: ServiceReader) {
        let service = reader.service
        types = service.features.map(\.feature.type)
        // Features that are computed on demand come last, as of a view without times.
        let stored = service.views.map(\.name)
        let isComputed = service.features.contains { !stored.contains($0.view.name) }
        let names = stored + (isComputed ? ["on demand"] : [])
        viewNames = names
        views = service.features.map { feature in stored.firstIndex(of: feature.view.name) ?? stored.count }
        // Statuses, a byte each, come first.
        var end = types.count
        func take(_ size: Int, alignedTo alignment: Int) -> Int {
            let start = (end + alignment - 1) / alignment * alignment
            end = start + size
            return start
        }
        eventTimes = names.map { _ in take(8, alignedTo: 8) }
        values = types.map { take($0.recordWidth.size, alignedTo: $0.recordWidth.alignment) }
        rowBytes = (end + 7) / 8 * 8
    }

    /// Writes the records of `rows`, which there is room for, and behind them what is of no fixed width, as far as there is
    /// room.
    ///
    /// - Returns: the bytes of all, written or not.
    func write(_ rows: ServedRows, to answer: UnsafeMutableRawBufferPointer) throws -> Int {
        var end = rows.count * rowBytes
        guard end > 0, let base = answer.baseAddress else { return 0 }
        memset(base, 0, end)
        for row in 0..<rows.count {
            let record = base + row * rowBytes
            for (view, place) in eventTimes.enumerated() {
                let time = views.firstIndex(of: view).flatMap { rows.eventTime($0, of: row) }
                record.storeBytes(of: time ?? .min, toByteOffset: place, as: Int64.self)
            }
            for (feature, place) in values.enumerated() {
                let (value, status) = rows.value(feature, of: row)
                record.storeBytes(of: status.code, toByteOffset: feature, as: UInt8.self)
                switch value {
                case .none: break
                case .bool(let bool): record.storeBytes(of: bool ? 1 : 0, toByteOffset: place, as: UInt8.self)
                case .int(let number) where types[feature] == .int32:
                    record.storeBytes(of: Int32(truncatingIfNeeded: number), toByteOffset: place, as: Int32.self)
                case .int(let number), .timestamp(let number):
                    record.storeBytes(of: number, toByteOffset: place, as: Int64.self)
                case .float32(let number): record.storeBytes(of: number, toByteOffset: place, as: Float.self)
                case .float64(let number): record.storeBytes(of: number, toByteOffset: place, as: Double.self)
                case .vector(let elements):
                    UnsafeMutableRawBufferPointer(start: record + place, count: elements.count).copyMemory(
                        from: elements)
                case .string(let bytes), .bytes(let bytes):
                    guard end + bytes.count <= UInt32.max else {
                        throw CallError("the answer takes more than 4 GB; ask for fewer keys at a time")
                    }
                    record.storeBytes(of: UInt32(end), toByteOffset: place, as: UInt32.self)
                    record.storeBytes(of: UInt32(bytes.count), toByteOffset: place + 4, as: UInt32.self)
                    if end + bytes.count <= answer.count, !bytes.isEmpty {
                        UnsafeMutableRawBufferPointer(start: base + end, count: bytes.count).copyMemory(from: bytes)
                    }
                    end += bytes.count
                }
            }
        }
        return end
    }
}

extension FeatureType {
    /// Bytes of a value in a record, and what they are aligned to.
    fileprivate var recordWidth: (size: Int, alignment: Int) {
        switch self {
        case .bool: (1, 1)
        case .int32, .float32: (4, 4)
        case .int64, .float64, .timestamp: (8, 8)
        case .string, .bytes: (8, 4)
        case .vector(let count): (4 * count, 4)
        }
    }
}

extension FeatureStatus {
    /// As fs_status has it.
    fileprivate var code: UInt8 {
        switch self {
        case .present: UInt8(FS_PRESENT.rawValue)
        case .nullValue: UInt8(FS_NULL_VALUE.rawValue)
        case .notFound: UInt8(FS_NOT_FOUND.rawValue)
        case .outsideMaxAge: UInt8(FS_OUTSIDE_MAX_AGE.rawValue)
        }
    }
}
