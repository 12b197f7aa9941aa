import Columnar

/// How to read wanted features from rows of one stored schema: features that the schema lacks read as null.
///
/// Rows come from a file that anything may have written, so a row is checked to hold all slots before any is read,
/// and strings and bytes are checked to lie within the row.
final class RowProjection: Sendable {
    let schema: RowSchema
    /// Of each wanted feature, in the wanted order.
    let slots: [Slot]
    /// When a row ended, where that is asked for.
    let end: Slot?
    /// How rows become parts of vectors; nil where no vectors are wanted.
    let floats: FloatPlan?

    struct Slot: Sendable {
        let type: FeatureType
        /// From the row's start; negative where the schema lacks the feature.
        let offset: Int
        /// The feature's bit in the null bitmap.
        let bit: Int
    }

    /// - Throws: `OnlineError` if a feature is stored under another type.
    init(_ schema: RowSchema, for selection: OnlineSelection) throws {
        let view = selection.view
        let slots = try view.features.map { try Self.slot(of: $0, in: schema, view: view.name) }
        self.schema = schema
        self.slots = slots
        end = try selection.hasEnd ? Self.slot(of: OnlineView.end, in: schema, view: view.name) : nil
        floats = selection.floatPlaces.map { FloatPlan(slots, targets: $0, bitmapLength: schema.bitmapLength) }
    }

    private static func slot(of feature: StoredFeature, in schema: RowSchema, view: String) throws -> Slot {
        guard let position = schema.features.firstIndex(where: { $0.name == feature.name }) else {
            return Slot(type: feature.type, offset: -1, bit: 0)
        }
        let stored = schema.features[position]
        guard stored.type == feature.type else {
            throw OnlineError(
                "'\(feature.name)' is stored as \(stored.type), not \(feature.type); "
                    + "materialize the view again with --full", view: view)
        }
        return Slot(type: feature.type, offset: schema.offsets[position], bit: position)
    }

    /// Whether the row is long enough for its schema.
    @inline(__always)
    func fits(_ row: StoredRow) -> Bool { row.bytes.count >= schema.fixedLength }

    /// Whether the wanted strings and bytes lie within the row.
    func variableBytesFit(_ row: StoredRow) -> Bool {
        slots.allSatisfy { slot in
            guard slot.type == .string || slot.type == .bytes, !row.isNull(slot) else { return true }
            return row.variableBytes(slot) != nil
        }
    }
}

extension StoredRow {
    /// - Precondition: a projection that fits this row has `slot`; so for the functions below.
    @inline(__always)
    func isNull(_ slot: RowProjection.Slot) -> Bool {
        slot.offset < 0 || bytes[RowSchema.headerLength + slot.bit >> 3] >> UInt8(slot.bit & 7) & 1 == 1
    }

    @inline(__always)
    func load<T: BitwiseCopyable>(_ slot: RowProjection.Slot, as type: T.Type, element: Int = 0) -> T {
        bytes.loadUnaligned(fromByteOffset: slot.offset + element * MemoryLayout<T>.size, as: type)
    }

    /// The bytes of a string or bytes value; nil if the slot points outside of the row.
    @inline(__always)
    func variableBytes(_ slot: RowProjection.Slot) -> UnsafeRawBufferPointer? {
        let start = Int(UInt32(littleEndian: load(slot, as: UInt32.self)))
        let length = Int(UInt32(littleEndian: load(slot, as: UInt32.self, element: 1)))
        guard start <= bytes.count, length <= bytes.count - start else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    }

    /// A vector's elements, unaligned.
    @inline(__always)
    func vectorBytes(_ slot: RowProjection.Slot, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[slot.offset..<slot.offset + 4 * count])
    }
}
