/// What stands in front of a page (parquet.thrift, PageHeader).
struct PageHeader: Sendable {
    enum Kind: Int32 {
        case data = 0
        case index = 1
        case dictionary = 2
        case dataV2 = 3
    }

    /// Nil for kinds of the future, which are skipped.
    var kind: Kind?
    /// Bytes of the page behind the header, unpacked and as stored.
    var uncompressedSize = 0
    var compressedSize = 0
    var crc: UInt32?
    /// Values of the page, nulls and empty lists included.
    var valueCount = 0
    var encoding: Int32 = 0
    var definitionEncoding = PageEncoding.runLength.rawValue
    var repetitionEncoding = PageEncoding.runLength.rawValue
    /// Rows that begin in the page; version 2 only.
    var rowCount: Int?
    /// Bytes of the levels; version 2 only.
    var definitionLength = 0
    var repetitionLength = 0
    /// False if the values of a version 2 page are stored as they are in spite of the chunk's codec.
    var isCompressed = true

    init() {}

    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var header = PageHeader()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): header.kind = Kind(rawValue: try reader.int32())
            case (2, .int32): header.uncompressedSize = Int(try reader.int32())
            case (3, .int32): header.compressedSize = Int(try reader.int32())
            case (4, .int32): header.crc = UInt32(bitPattern: try reader.int32())
            case (5, .structure): try header.readDataPage(&reader)
            case (7, .structure): try header.readDictionaryPage(&reader)
            case (8, .structure): try header.readDataPageV2(&reader)
            default: return false
            }
            return true
        }
        self = header
    }

    private mutating func readDataPage(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var header = self
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): header.valueCount = Int(try reader.int32())
            case (2, .int32): header.encoding = try reader.int32()
            case (3, .int32): header.definitionEncoding = try reader.int32()
            case (4, .int32): header.repetitionEncoding = try reader.int32()
            default: return false
            }
            return true
        }
        self = header
    }

    private mutating func readDictionaryPage(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var header = self
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): header.valueCount = Int(try reader.int32())
            case (2, .int32): header.encoding = try reader.int32()
            default: return false
            }
            return true
        }
        self = header
    }

    private mutating func readDataPageV2(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var header = self
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): header.valueCount = Int(try reader.int32())
            case (3, .int32): header.rowCount = Int(try reader.int32())
            case (4, .int32): header.encoding = try reader.int32()
            case (5, .int32): header.definitionLength = Int(try reader.int32())
            case (6, .int32): header.repetitionLength = Int(try reader.int32())
            case (7, .false): header.isCompressed = false
            case (7, .true): header.isCompressed = true
            default: return false
            }
            return true
        }
        self = header
    }
}
