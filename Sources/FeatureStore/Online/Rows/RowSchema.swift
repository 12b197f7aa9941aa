import Columnar

/// Where the values of a stored row lie: the features that it was written with, in order.
///
///     0   UInt8    format (1)
///     1   UInt8    1 if the row ends with its place in the order of arrival, else 0
///     2   UInt16   schema id
///     4   Int64    event time in microseconds, Int64.min for a timeless row
///     12  Int64    created time in microseconds, Int64.min where none is known
///     20  null bitmap, a bit a feature, set where the value is null
///     …   slots in order: bool 1 byte, numbers and timestamps their width, vectors inline,
///         strings and bytes a UInt32 offset from the row's start and a UInt32 length
///     …   bytes of strings and bytes
///     …   Int64    the sequence of the commit that the row arrived with, if byte 1 says so
///
/// All numbers are little-endian and unaligned: the map promises an alignment of 2 only.
struct RowSchema: Hashable, Sendable {
    static let format: UInt8 = 1
    static let headerLength = 20
    static let sequenceLength = 8
    /// Far above any sensible row, far below what a UInt32 offset can say.
    static let maximumRowLength = 1 << 26

    let id: UInt16
    let features: [StoredFeature]
    /// Of each feature's slot, from the row's start.
    let offsets: [Int]
    /// Of the null bitmap, which follows the header.
    let bitmapLength: Int
    /// Header, bitmap and slots: the length of a row without strings and bytes.
    let fixedLength: Int

    init(id: UInt16, features: [StoredFeature]) {
        self.id = id
        self.features = features
        bitmapLength = (features.count + 7) / 8
        var offset = Self.headerLength + bitmapLength
        var offsets: [Int] = []
        for feature in features {
            offsets.append(offset)
            offset += feature.type.slotWidth
        }
        self.offsets = offsets
        fixedLength = offset
    }
}

/// A feature as rows are written with it: its name and type, without what is only for people.
struct StoredFeature: Hashable, Sendable, Codable {
    var name: String
    var type: FeatureType

    init(_ name: String, _ type: FeatureType) {
        self.name = name
        self.type = type
    }
}

extension FeatureType {
    /// Bytes of its slot in a row.
    var slotWidth: Int {
        switch self {
        case .bool: 1
        case .int32, .float32: 4
        case .int64, .float64, .timestamp, .string, .bytes: 8
        case .vector(let count): 4 * count
        }
    }
}

/// What makes one row newer than another: event time, then created, then the order of arrival; with all equal, the later
/// write wins.
///
/// Since the order of arrival counts and not that of writing, rows may be written in any order, and more than once: by a
/// push, by the replay of the hot log, and by a materialization that has read an older state of the history.
struct RowAge: Hashable, Comparable, Sendable {
    /// Microseconds; Int64.min stands for none.
    var eventTime: Int64
    var created: Int64
    /// The sequence of the ingestion or push that the row came with, or the last of several; 0 where it is not known.
    var sequence: Int64 = 0

    static let unknownTime = Int64.min

    @inline(__always)
    static func < (a: RowAge, b: RowAge) -> Bool {
        (a.eventTime, a.created, a.sequence) < (b.eventTime, b.created, b.sequence)
    }
}

/// A row where it lies in the map; checked to hold a header, and not yet more.
struct StoredRow {
    let bytes: UnsafeRawBufferPointer

    /// Nil where `bytes` are no row of a format that this version reads.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RowSchema.headerLength, bytes[0] == RowSchema.format else { return nil }
        self.bytes = bytes
    }

    /// A copy of a row.
    init(checked bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var schemaID: UInt16 { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    var eventTime: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: Int64.self)) }
    var created: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: Int64.self)) }
    var age: RowAge { RowAge(eventTime: eventTime, created: created, sequence: sequence) }

    /// 0 where the row does not say; rows of earlier versions do not.
    private var sequence: Int64 {
        guard bytes[1] & 1 == 1, bytes.count >= RowSchema.headerLength + RowSchema.sequenceLength else { return 0 }
        let place = bytes.count - RowSchema.sequenceLength
        return Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
    }
}
