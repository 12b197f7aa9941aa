import Columnar
import Foundation

/// Writes values that were computed as a row of `RowSchema`, so that they are read on as rows that were stored are.
struct ComputedRow {
    let schema: RowSchema
    private let nullBits: Int

    init(of features: [StoredFeature]) {
        schema = RowSchema(id: 0, features: features)
        nullBits = RowSchema.headerLength
    }

    /// The row of `values`, one a feature.
    ///
    /// - Parameter eventTime: microseconds; nil for none.
    func write(_ values: [Value], eventTime: Int64?, in memory: RowMemory) -> StoredRow {
        var length = schema.fixedLength
        for value in values {
            switch value {
            case .string(let text): length += text.utf8.count
            case .bytes(let bytes): length += bytes.count
            default: break
            }
        }
        let target = memory.take(length)
        guard let base = target.baseAddress else { return StoredRow(checked: UnsafeRawBufferPointer(target)) }
        memset(base, 0, schema.fixedLength)
        base.storeBytes(of: RowSchema.format, as: UInt8.self)
        base.storeBytes(of: (eventTime ?? RowAge.unknownTime).littleEndian, toByteOffset: 4, as: Int64.self)
        base.storeBytes(of: RowAge.unknownTime.littleEndian, toByteOffset: 12, as: Int64.self)
        var end = schema.fixedLength
        for place in values.indices {
            let slot = base + schema.offsets[place]
            switch values[place] {
            case .int(let number):
                if schema.features[place].type == .int32 {
                    slot.storeBytes(of: Int32(truncatingIfNeeded: number), as: Int32.self)
                } else {
                    slot.storeBytes(of: number, as: Int64.self)
                }
            case .float64(let number): slot.storeBytes(of: number, as: Double.self)
            case .float32(let number): slot.storeBytes(of: number, as: Float.self)
            case .bool(let truth): slot.storeBytes(of: truth ? 1 : 0, as: UInt8.self)
            case .timestamp(let time): slot.storeBytes(of: time.microseconds, as: Int64.self)
            case .list(let elements):
                for (number, element) in elements.enumerated() {
                    if case .float32(let value) = element {
                        slot.storeBytes(of: value, toByteOffset: 4 * number, as: Float.self)
                    }
                }
            case .string(var text): text.withUTF8 { store(UnsafeRawBufferPointer($0), in: slot, base, &end) }
            case .bytes(let bytes): bytes.withUnsafeBytes { store($0, in: slot, base, &end) }
            case .null, .uint, .decimal:
                let byte = base + nullBits + place >> 3
                byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(place & 7), as: UInt8.self)
            }
        }
        return StoredRow(checked: UnsafeRawBufferPointer(target))
    }

    private func store(
        _ bytes: UnsafeRawBufferPointer, in slot: UnsafeMutableRawPointer, _ base: UnsafeMutableRawPointer,
        _ end: inout Int
    ) {
        slot.storeBytes(of: UInt32(end).littleEndian, as: UInt32.self)
        slot.storeBytes(of: UInt32(bytes.count).littleEndian, toByteOffset: 4, as: UInt32.self)
        if let start = bytes.baseAddress { memcpy(base + end, start, bytes.count) }
        end += bytes.count
    }
}

/// Memory for computed rows, good until it is used anew.
///
/// Invariant: used by one thread at a time; blocks stay where they are.
final class RowMemory {
    private static let blockLength = 1 << 16
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var block = 0
    private var used = 0

    deinit { for block in blocks { block.deallocate() } }

    /// From here on what was taken may be overwritten.
    func reset() { (block, used) = (0, 0) }

    func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        while block < blocks.count {
            if blocks[block].count - used >= count {
                defer { used += (count + 7) & ~7 }
                return UnsafeMutableRawBufferPointer(rebasing: blocks[block][used..<used + count])
            }
            (block, used) = (block + 1, 0)
        }
        blocks.append(.allocate(byteCount: max(Self.blockLength, (count + 7) & ~7), alignment: 8))
        used = (count + 7) & ~7
        return UnsafeMutableRawBufferPointer(rebasing: blocks[block][..<count])
    }
}
