extension ParquetMetadata {
    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var schema: [SchemaElement] = []
        var rowCount: Int64 = 0
        var rowCounts: [Int64] = []
        var chunks: [ColumnChunk] = []
        var chunkCounts: Set<Int> = []
        var keyValues: [String: String] = [:]
        var createdBy: String?
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (2, .list):
                try reader.list(ofAtLeast: 4) { (r) throws(ThriftReader.Failure) in
                    schema.append(try SchemaElement(reading: &r))
                }
            case (3, .int64): rowCount = try reader.integer()
            case (4, .list):
                try reader.list(ofAtLeast: 5) { (r) throws(ThriftReader.Failure) in
                    let before = chunks.count
                    rowCounts.append(try Self.readRowGroup(&r, &chunks))
                    chunkCounts.insert(chunks.count - before)
                }
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
        // All row groups have the same columns.
        guard chunkCounts.count <= 1 else { throw ThriftReader.Failure() }
        self.init(
            schema: schema, rowCount: rowCount, rowCounts: rowCounts, chunks: chunks, keyValues: keyValues,
            createdBy: createdBy)
    }

    /// Reads the next row group's chunks, and returns how many rows it has.
    private static func readRowGroup(
        _ reader: inout ThriftReader, _ chunks: inout [ColumnChunk]
    ) throws(ThriftReader.Failure) -> Int64 {
        var rowCount: Int64 = 0
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .list):
                try reader.list(ofAtLeast: 16) { (r) throws(ThriftReader.Failure) in
                    chunks.append(ColumnChunk())
                    try chunks[chunks.count - 1].read(&r)
                }
            case (3, .int64): rowCount = try reader.integer()
            default: return false
            }
            return true
        }
        return rowCount
    }
}

extension ParquetMetadata.SchemaElement {
    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var element = Self()
        var converted: Int32?
        var (precision, scale) = (0, 0)
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32):
                element.isLeaf = true
                element.type = PhysicalType(rawValue: try reader.int32())
            case (2, .int32): element.typeLength = try reader.int32()
            case (3, .int32):
                guard let repetition = Repetition(rawValue: try reader.int32()) else { throw ThriftReader.Failure() }
                element.repetition = repetition
            case (4, .binary): element.name = try reader.string()
            case (5, .int32): element.childCount = try reader.int32()
            case (6, .int32): converted = try reader.int32()
            case (7, .int32): scale = Int(try reader.int32())
            case (8, .int32): precision = Int(try reader.int32())
            case (10, .structure): element.logical = try LogicalType(reading: &reader)
            default: return false
            }
            return true
        }
        if element.logical == nil, let converted {
            element.logical = LogicalType(converted: converted, precision: precision, scale: scale)
        }
        self = element
    }
}

extension ParquetMetadata.ColumnChunk {
    fileprivate mutating func read(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        try reader.fields { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .binary):
                isInAnotherFile = true
                try reader.skip(kind)
            case (3, .structure): try readMetadata(&reader)
            case (4, .int64): offsetIndex = .init(offset: try reader.integer())
            case (5, .int32): offsetIndex?.length = try reader.int32()
            case (6, .int64): columnIndex = .init(offset: try reader.integer())
            case (7, .int32): columnIndex?.length = try reader.int32()
            case (8, .structure):
                isEncrypted = true
                try reader.skip(kind)
            default: try reader.skip(kind)
            }
        }
    }

    private mutating func readMetadata(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        try reader.fields { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32):
                guard let type = PhysicalType(rawValue: try reader.int32()) else { throw ThriftReader.Failure() }
                self.type = type
            case (4, .int32): codec = try reader.int32()
            case (5, .int64): valueCount = try reader.integer()
            case (6, .int64): uncompressedSize = try reader.integer()
            case (7, .int64): compressedSize = try reader.integer()
            case (9, .int64): dataPageOffset = try reader.integer()
            case (11, .int64): dictionaryPageOffset = try reader.integer()
            case (12, .structure):
                var place = ParquetMetadata.StatisticsPlace()
                try place.read(&reader)
                statistics = place
            case (14, .int64): bloomFilter = .init(offset: try reader.integer())
            case (15, .int32): bloomFilter?.length = try reader.int32()
            default: try reader.skip(kind)
            }
        }
    }
}

extension ParquetMetadata.StatisticsPlace {
    fileprivate mutating func read(_ reader: inout ThriftReader) throws(ThriftReader.Failure) {
        try reader.fields { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .binary): legacyMaximum = try reader.place()
            case (2, .binary): legacyMinimum = try reader.place()
            case (3, .int64): nullCount = try reader.integer()
            case (5, .binary): maximum = try reader.place()
            case (6, .binary): minimum = try reader.place()
            default: try reader.skip(kind)
            }
        }
    }

    /// The statistics with their bounds, out of the footer that they were read from.
    func values(in footer: UnsafeRawBufferPointer) -> ParquetMetadata.Statistics {
        func bytes(_ place: Range<Int32>?) -> [UInt8]? {
            place.map { Array(footer[Int($0.lowerBound)..<Int($0.upperBound)]) }
        }
        return ParquetMetadata.Statistics(
            nullCount: nullCount, minimum: bytes(minimum), maximum: bytes(maximum),
            legacyMinimum: bytes(legacyMinimum), legacyMaximum: bytes(legacyMaximum))
    }
}

extension ThriftReader {
    /// Where the next bytes lie, without their length.
    fileprivate mutating func place() throws(Failure) -> Range<Int32> {
        let count = try binary().count
        guard let end = Int32(exactly: position) else { throw Failure() }
        return end - Int32(count)..<end
    }
}
