/// A file's footer, as far as it is used (parquet.thrift, FileMetaData).
struct ParquetMetadata: Sendable {
    var schema: [SchemaElement] = []
    var rowCount: Int64 = 0
    var rowGroups: [RowGroup] = []
    var keyValues: [String: String] = [:]
    var createdBy: String?

    struct SchemaElement: Sendable {
        var name = ""
        var type: PhysicalType?
        var typeLength: Int32 = 0
        var repetition = Repetition.required
        var childCount: Int32 = 0
        var converted: Int32?
        var scale: Int32 = 0
        var logical: LogicalType?
    }

    struct RowGroup: Sendable {
        var chunks: [ColumnChunk] = []
        var rowCount: Int64 = 0
    }

    struct ColumnChunk: Sendable {
        var type: PhysicalType = .int32
        var path: [String] = []
        var codec: Int32 = 0
        var valueCount: Int64 = 0
        var compressedSize: Int64 = 0
        var uncompressedSize: Int64 = 0
        var dataPageOffset: Int64 = 0
        var dictionaryPageOffset: Int64?
        var statistics: Statistics?
        var isInAnotherFile = false
        var isEncrypted = false
    }

    struct Statistics: Sendable {
        var nullCount: Int64?
        var minimum: [UInt8]?
        var maximum: [UInt8]?
    }
}

enum PhysicalType: Int32, Sendable {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case int96 = 3
    case float = 4
    case double = 5
    case byteArray = 6
    case fixedLengthByteArray = 7
}

enum Repetition: Int32, Sendable {
    case required = 0
    case optional = 1
    case repeated = 2
}

/// What physical values mean (LogicalTypes.md).
enum LogicalType: Hashable, Sendable {
    case string
    case list
    case map
    case decimal
    case date
    case time
    case timestamp(TimeUnit, isUTC: Bool)
    case integer(bits: Int, isSigned: Bool)
    case float16
    case other(Int16)
}

// MARK: - Reading

extension ParquetMetadata {
    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var schema: [SchemaElement] = []
        var rowCount: Int64 = 0
        var rowGroups: [RowGroup] = []
        var keyValues: [String: String] = [:]
        var createdBy: String?
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (2, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in schema.append(try SchemaElement(reading: &r)) }
            case (3, .int64): rowCount = try reader.integer()
            case (4, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in rowGroups.append(try RowGroup(reading: &r)) }
            case (5, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in
                    var (key, value) = ("", "")
                    try r.structure { (r, id, kind) throws(ThriftReader.Failure) in
                        guard kind == .binary, id == 1 || id == 2 else { return false }
                        if id == 1 { key = try r.string() } else { value = try r.string() }
                        return true
                    }
                    keyValues[key] = value
                }
            case (6, .binary): createdBy = try reader.string()
            default: return false
            }
            return true
        }
        self.init(
            schema: schema, rowCount: rowCount, rowGroups: rowGroups, keyValues: keyValues, createdBy: createdBy)
    }
}

extension ParquetMetadata.SchemaElement {
    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var element = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): element.type = PhysicalType(rawValue: try reader.int32())
            case (2, .int32): element.typeLength = try reader.int32()
            case (3, .int32):
                guard let repetition = Repetition(rawValue: try reader.int32()) else { throw ThriftReader.Failure() }
                element.repetition = repetition
            case (4, .binary): element.name = try reader.string()
            case (5, .int32): element.childCount = try reader.int32()
            case (6, .int32): element.converted = try reader.int32()
            case (7, .int32): element.scale = try reader.int32()
            case (10, .structure): element.logical = try LogicalType(reading: &reader)
            default: return false
            }
            return true
        }
        if element.logical == nil { element.logical = element.converted.flatMap(LogicalType.init(converted:)) }
        self = element
    }
}

extension LogicalType {
    /// The union's member, with what it says.
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var result = LogicalType.other(0)
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            guard kind == .structure else { return false }
            switch id {
            case 1, 4, 11: result = .string
            case 2: result = .map
            case 3: result = .list
            case 5: result = .decimal
            case 6: result = .date
            case 7: result = .time
            case 8:
                result = try Self.timestamp(&reader)
                return true
            case 10:
                result = try Self.integer(&reader)
                return true
            case 15: result = .float16
            default: result = .other(id)
            }
            return false
        }
        self = result
    }

    private static func timestamp(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> LogicalType {
        var isUTC = false
        var unit = TimeUnit.microseconds
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            if id == 1 { isUTC = kind == .true }
            guard id == 2, kind == .structure else { return false }
            try reader.structure { (_, id, _) throws(ThriftReader.Failure) in
                unit = id == 1 ? .milliseconds : id == 2 ? .microseconds : .nanoseconds
                return false
            }
            return true
        }
        return .timestamp(unit, isUTC: isUTC)
    }

    private static func integer(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> LogicalType {
        var bits = 0
        var isSigned = true
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            if id == 2 { isSigned = kind == .true }
            guard id == 1 else { return false }
            if kind == .int8 {
                bits = Int(try reader.int8())
                return true
            }
            return false
        }
        return .integer(bits: bits, isSigned: isSigned)
    }

    /// Files of older writers say it by ConvertedType.
    fileprivate init?(converted: Int32) {
        switch converted {
        case 0, 4, 19: self = .string
        case 1, 2: self = .map
        case 3: self = .list
        case 5: self = .decimal
        case 6: self = .date
        case 7, 8: self = .time
        case 9: self = .timestamp(.milliseconds, isUTC: true)
        case 10: self = .timestamp(.microseconds, isUTC: true)
        case 11...14: self = .integer(bits: 8 << Int(converted - 11), isSigned: false)
        case 15...18: self = .integer(bits: 8 << Int(converted - 15), isSigned: true)
        default: return nil
        }
    }
}

extension ParquetMetadata.RowGroup {
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var group = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in
                    group.chunks.append(try ParquetMetadata.ColumnChunk(reading: &r))
                }
            case (3, .int64): group.rowCount = try reader.integer()
            default: return false
            }
            return true
        }
        self = group
    }
}

extension ParquetMetadata.ColumnChunk {
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var chunk = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .binary): chunk.isInAnotherFile = true
            case (3, .structure):
                try chunk.readMetadata(&reader)
                return true
            case (8, .structure): chunk.isEncrypted = true
            default: break
            }
            return false
        }
        self = chunk
    }

    private mutating func readMetadata(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var chunk = self
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32):
                guard let type = PhysicalType(rawValue: try reader.int32()) else { throw ThriftReader.Failure() }
                chunk.type = type
            case (3, .list):
                try reader.list { (r) throws(ThriftReader.Failure) in chunk.path.append(try r.string()) }
            case (4, .int32): chunk.codec = try reader.int32()
            case (5, .int64): chunk.valueCount = try reader.integer()
            case (6, .int64): chunk.uncompressedSize = try reader.integer()
            case (7, .int64): chunk.compressedSize = try reader.integer()
            case (9, .int64): chunk.dataPageOffset = try reader.integer()
            case (11, .int64): chunk.dictionaryPageOffset = try reader.integer()
            case (12, .structure): chunk.statistics = try ParquetMetadata.Statistics(reading: &reader)
            default: return false
            }
            return true
        }
        self = chunk
    }
}

extension ParquetMetadata.Statistics {
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var statistics = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (3, .int64): statistics.nullCount = try reader.integer()
            case (5, .binary): statistics.maximum = Array(try reader.binary())
            case (6, .binary): statistics.minimum = Array(try reader.binary())
            default: return false
            }
            return true
        }
        self = statistics
    }
}
