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
                try reader.list(ofAtLeast: 4) { (r) throws(ThriftReader.Failure) in
                    schema.append(try SchemaElement(reading: &r))
                }
            case (3, .int64): rowCount = try reader.integer()
            case (4, .list):
                try reader.list(ofAtLeast: 5) { (r) throws(ThriftReader.Failure) in
                    rowGroups.append(try RowGroup(reading: &r))
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
        self.init(
            schema: schema, rowCount: rowCount, rowGroups: rowGroups, keyValues: keyValues, createdBy: createdBy)
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

extension ParquetMetadata.RowGroup {
    fileprivate init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var group = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .list):
                try reader.list(ofAtLeast: 16) { (r) throws(ThriftReader.Failure) in
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
            case (1, .binary):
                chunk.isInAnotherFile = true
                return false
            case (3, .structure): try chunk.readMetadata(&reader)
            case (4, .int64): chunk.offsetIndex = .init(offset: try reader.integer())
            case (5, .int32): chunk.offsetIndex?.length = try reader.int32()
            case (6, .int64): chunk.columnIndex = .init(offset: try reader.integer())
            case (7, .int32): chunk.columnIndex?.length = try reader.int32()
            case (8, .structure):
                chunk.isEncrypted = true
                return false
            default: return false
            }
            return true
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
            case (14, .int64): chunk.bloomFilter = .init(offset: try reader.integer())
            case (15, .int32): chunk.bloomFilter?.length = try reader.int32()
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
            case (1, .binary): statistics.legacyMaximum = Array(try reader.binary())
            case (2, .binary): statistics.legacyMinimum = Array(try reader.binary())
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
