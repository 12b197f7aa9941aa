import Columnar
import Foundation

/// Writes rows of columns as stored rows, straight into the memory that is to keep them.
///
/// Invariant: `columns` are kept alive by this encoder, so that the pointers in `sources` hold.
struct RowEncoder {
    let schema: RowSchema
    private let columns: [Column]
    private let events: Column?
    private let created: Column?
    private let sequences: [Int64]?
    private let sources: [Source]
    private let variableWidth: [Source]

    /// A column's memory, without the references that would be counted in the loop.
    private struct Source {
        let position: Int
        let offset: Int
        let type: FeatureType
        let values: UnsafeRawPointer
        let offsets: UnsafeBufferPointer<Int64>
        let bitOffset: Int
        let validity: UnsafeRawPointer?
        let validityOffset: Int

        @inline(__always)
        func isNull(_ row: Int) -> Bool {
            guard let validity else { return false }
            let bit = validityOffset + row
            return validity.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 0
        }
    }

    /// - Precondition: `features` have the schema's types in its order; all columns have as many rows.
    init(_ schema: RowSchema, events: Column?, created: Column?, sequences: [Int64]?, features: [Column]) {
        precondition(features.count == schema.features.count)
        self.sequences = sequences
        self.schema = schema
        self.events = events
        self.created = created
        columns = features
        sources = features.indices.map { position in
            let column = features[position]
            let type = schema.features[position].type
            precondition(column.type == type.dataType)
            return Source(
                position: position, offset: schema.offsets[position], type: type,
                values: column.child?.values.base ?? column.values.base, offsets: column.offsetElements,
                bitOffset: column.bitOffset, validity: column.validity?.buffer.base,
                validityOffset: column.validity?.bitOffset ?? 0)
        }
        variableWidth = sources.filter { $0.type == .string || $0.type == .bytes }
    }

    /// Bytes that `row` takes.
    @inline(__always)
    func length(of row: Int) -> Int {
        var length = schema.fixedLength + (sequences == nil ? 0 : RowSchema.sequenceLength)
        for source in variableWidth where !source.isNull(row) {
            length += Int(source.offsets[row + 1] - source.offsets[row])
        }
        return length
    }

    @inline(__always)
    func age(of row: Int) -> RowAge {
        RowAge(
            eventTime: events.map { $0.elements(as: Int64.self)[row] } ?? RowAge.unknownTime,
            created: created.flatMap { $0.isNull(row) ? nil : $0.elements(as: Int64.self)[row] } ?? RowAge.unknownTime,
            sequence: sequences?[row] ?? 0)
    }

    /// Writes `row` to `target`, which has `length(of: row)` bytes.
    func write(_ row: Int, age: RowAge, to target: UnsafeMutableRawBufferPointer) {
        guard let base = target.baseAddress else { return }
        memset(base, 0, schema.fixedLength)
        base.storeBytes(of: RowSchema.format, as: UInt8.self)
        base.storeBytes(of: schema.id.littleEndian, toByteOffset: 2, as: UInt16.self)
        base.storeBytes(of: age.eventTime.littleEndian, toByteOffset: 4, as: Int64.self)
        base.storeBytes(of: age.created.littleEndian, toByteOffset: 12, as: Int64.self)
        var end = schema.fixedLength
        for source in sources {
            if source.isNull(row) {
                let byte = base + RowSchema.headerLength + source.position >> 3
                byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(source.position & 7), as: UInt8.self)
            } else {
                write(source, row, to: base, &end)
            }
        }
        if sequences != nil {
            base.storeBytes(of: 1, toByteOffset: 1, as: UInt8.self)
            base.storeBytes(of: age.sequence.littleEndian, toByteOffset: end, as: Int64.self)
        }
    }

    @inline(__always)
    private func write(_ source: Source, _ row: Int, to base: UnsafeMutableRawPointer, _ end: inout Int) {
        let slot = base + source.offset
        switch source.type {
        case .bool:
            let bit = source.bitOffset + row
            let value = source.values.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1
            slot.storeBytes(of: value, as: UInt8.self)
        case .int32, .float32:
            slot.storeBytes(of: source.values.load(fromByteOffset: row * 4, as: UInt32.self), as: UInt32.self)
        case .int64, .float64, .timestamp:
            slot.storeBytes(of: source.values.load(fromByteOffset: row * 8, as: UInt64.self), as: UInt64.self)
        case .vector(let count):
            memcpy(slot, source.values + row * count * 4, count * 4)
        case .string, .bytes:
            let start = Int(source.offsets[row])
            let length = Int(source.offsets[row + 1]) - start
            slot.storeBytes(of: UInt32(end).littleEndian, as: UInt32.self)
            slot.storeBytes(of: UInt32(length).littleEndian, toByteOffset: 4, as: UInt32.self)
            memcpy(base + end, source.values + start, length)
            end += length
        }
    }
}
