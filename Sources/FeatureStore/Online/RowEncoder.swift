import Columnar
import Foundation

/// Writes rows of columns into memory that LMDB reserved for them.
struct RowEncoder {
    private let schema: RowSchema
    private let events: UnsafeBufferPointer<Int64>?
    private let created: UnsafeBufferPointer<Int64>?
    private let features: [Source]
    /// Keeps the columns' memory.
    private let columns: [Column]

    private struct Source {
        let type: FeatureType
        let offset: Int
        let values: UnsafeRawPointer
        let column: Column
    }

    init(_ rows: OnlineRows, schema: RowSchema) {
        self.schema = schema
        events = rows.events?.elements(as: Int64.self)
        created = rows.created?.elements(as: Int64.self)
        features = zip(schema.slots, rows.features).map { slot, column in
            Source(
                type: slot.type, offset: slot.offset, values: (column.child ?? column).values.base, column: column)
        }
        columns = rows.features + [rows.events, rows.created].compactMap { $0 }
    }

    /// Bytes of a row.
    @inline(__always)
    func size(of row: Int) -> Int {
        var size = schema.fixedSize
        for feature in features where feature.type == .string || feature.type == .bytes {
            if !feature.column.isNull(row) { size += feature.column.bytes(at: row).count }
        }
        return size
    }

    func eventTime(of row: Int) -> Int64 { events?[row] ?? .min }
    func createdTime(of row: Int) -> Int64 { created?[row] ?? .min }

    /// Writes row `row`, which takes `size(of: row)` bytes, to `target`.
    @inline(__always)
    func write(_ row: Int, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: schema.id, as: UInt32.self)
        target.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
        target.storeBytes(of: eventTime(of: row), toByteOffset: 8, as: Int64.self)
        target.storeBytes(of: createdTime(of: row), toByteOffset: 16, as: Int64.self)
        var end = schema.fixedSize
        var nulls: UInt32 = 0
        for i in 0..<features.count {
            let feature = features[i]
            let slot = target + feature.offset
            if feature.column.isNull(row) {
                nulls |= 1 << UInt32(i & 31)
                memset(slot, 0, feature.type.slotSize)
            } else {
                switch feature.type {
                case .int32, .float32:
                    slot.copyMemory(from: feature.values + 4 * row, byteCount: 4)
                case .int64, .float64, .timestamp:
                    slot.copyMemory(from: feature.values + 8 * row, byteCount: 8)
                case .bool: slot.storeBytes(of: feature.column.bits[row] ? 1 : 0, as: UInt8.self)
                case .vector(let count): slot.copyMemory(from: feature.values + 4 * count * row, byteCount: 4 * count)
                case .string, .bytes:
                    let bytes = feature.column.bytes(at: row)
                    slot.storeBytes(of: UInt32(end), as: UInt32.self)
                    slot.storeBytes(of: UInt32(bytes.count), toByteOffset: 4, as: UInt32.self)
                    if let source = bytes.baseAddress {
                        (target + end).copyMemory(from: source, byteCount: bytes.count)
                    }
                    end += bytes.count
                }
            }
            if i & 31 == 31 || i == features.count - 1 {
                target.storeBytes(of: nulls, toByteOffset: RowSchema.headerSize + i / 32 * 4, as: UInt32.self)
                nulls = 0
            }
        }
    }
}
