import Foundation

/// How online rows of a view are laid out: which features, where.
///
/// A row is read in place from the map, never parsed:
///
/// | bytes | content |
/// |---|---|
/// | 0 ..< 4 | schema id, UInt32 |
/// | 4 ..< 8 | zero |
/// | 8 ..< 16 | event time, Int64 µs; `Int64.min` for a timeless view |
/// | 16 ..< 24 | created, Int64 µs; `Int64.min` if not known |
/// | 24 ..< 24 + n | null bits, set where null, in whole 4 bytes |
/// | then | a slot a feature: 1, 4 or 8 bytes; vectors 4 a number; text and bytes UInt32 offset and UInt32 length |
/// | then | the bytes of text and bytes |
///
/// Numbers are little-endian and not aligned (LMDB's values are not).
struct RowSchema: Hashable, Sendable, Codable {
    static let headerSize = 24

    struct Slot: Hashable, Sendable, Codable {
        var name: String
        var type: FeatureType
        var offset: Int
    }

    let id: UInt32
    let slots: [Slot]
    /// Where the variable-width bytes begin: the size of a row without any.
    let fixedSize: Int

    init(id: UInt32, features: [Feature]) {
        self.id = id
        var offset = Self.headerSize + (features.count + 31) / 32 * 4
        var slots: [Slot] = []
        for feature in features {
            slots.append(Slot(name: feature.name, type: feature.type, offset: offset))
            offset += feature.type.slotSize
        }
        self.slots = slots
        fixedSize = offset
    }

    /// Whether rows of this schema hold exactly `features`, in this order.
    func matches(_ features: [Feature]) -> Bool {
        slots.count == features.count && zip(slots, features).allSatisfy { $0.name == $1.name && $0.type == $1.type }
    }
}

extension FeatureType {
    /// Bytes of an online row's slot.
    var slotSize: Int {
        switch self {
        case .bool: 1
        case .int32, .float32: 4
        case .int64, .float64, .timestamp, .string, .bytes: 8
        case .vector(let count): 4 * count
        }
    }
}
