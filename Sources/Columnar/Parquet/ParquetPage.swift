import CZlib

/// What is wrong with a page or chunk; the reader adds file and column.
struct ParquetDamage: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// A page's header (parquet.thrift, PageHeader).
struct PageHeader {
    enum Kind: Int32 {
        case data = 0
        case index = 1
        case dictionary = 2
        case dataV2 = 3
    }

    var kind: Kind?
    var uncompressedSize = 0
    var compressedSize = 0
    var crc: UInt32?
    var valueCount = 0
    var encoding: Int32 = 0
    var definitionEncoding: Int32 = 3
    /// Bytes of the levels of a v2 page.
    var definitionLength = 0
    var repetitionLength = 0
    var isCompressed = true

    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var header = Self()
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): header.kind = Kind(rawValue: try reader.int32())
            case (2, .int32): header.uncompressedSize = Int(try reader.int32())
            case (3, .int32): header.compressedSize = Int(try reader.int32())
            case (4, .int32): header.crc = UInt32(bitPattern: try reader.int32())
            case (5, .structure):
                try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
                    guard kind == .int32 else { return false }
                    switch id {
                    case 1: header.valueCount = Int(try reader.int32())
                    case 2: header.encoding = try reader.int32()
                    case 3: header.definitionEncoding = try reader.int32()
                    default: return false
                    }
                    return true
                }
            case (7, .structure):
                try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
                    guard kind == .int32, id == 1 || id == 2 else { return false }
                    if id == 1 {
                        header.valueCount = Int(try reader.int32())
                    } else {
                        header.encoding = try reader.int32()
                    }
                    return true
                }
            case (8, .structure):
                try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
                    switch (id, kind) {
                    case (1, .int32): header.valueCount = Int(try reader.int32())
                    case (4, .int32): header.encoding = try reader.int32()
                    case (5, .int32): header.definitionLength = Int(try reader.int32())
                    case (6, .int32): header.repetitionLength = Int(try reader.int32())
                    case (7, .false): header.isCompressed = false
                    default: return false
                    }
                    return true
                }
            default: return false
            }
            return true
        }
        self = header
    }

    private init() {}
}

/// A data page, unpacked: levels and values as separate bytes. Uncompressed pages stay where they are in the file.
struct DataPage {
    let valueCount: Int
    let encoding: Int32
    let repetition: Buffer
    let definition: Buffer
    let values: Buffer
}

/// Walks the pages of one column chunk.
struct PageReader {
    private let bytes: Buffer
    private let codec: Codec
    private let column: ParquetColumn
    private var position = 0
    /// Values that the chunk still owes.
    private(set) var remaining: Int

    /// The largest page that is unpacked; real pages hold about a megabyte.
    private static let maximumPageBytes = 1 << 30

    init(
        _ chunk: ParquetMetadata.ColumnChunk, in file: Buffer, column: ParquetColumn
    ) throws(ParquetDamage) {
        self.column = column
        codec = try Self.codec(chunk.codec)
        if chunk.isEncrypted { throw ParquetDamage("is encrypted") }
        if chunk.isInAnotherFile { throw ParquetDamage("lies in another file, which is not supported") }
        let start = min(
            chunk.dictionaryPageOffset.flatMap { $0 > 0 ? $0 : nil } ?? chunk.dataPageOffset, chunk.dataPageOffset)
        guard start >= 0, chunk.compressedSize >= 0, start <= file.count,
            chunk.compressedSize <= file.count - Int(start),
            chunk.valueCount >= 0, chunk.valueCount <= Int32.max, chunk.type == column.physical
        else { throw ParquetDamage("has a chunk that lies outside of the file; the file is damaged") }
        bytes = file.slice(Int(start)..<Int(start + chunk.compressedSize))
        remaining = Int(chunk.valueCount)
    }

    private static func codec(_ number: Int32) throws(ParquetDamage) -> Codec {
        switch number {
        case 0: return .none
        case 1: return .snappy
        case 2: return .gzip
        case 6: return .zstd(level: 1)
        default:
            let names: [Int32: String] = [3: "LZO", 4: "Brotli", 5: "LZ4 (Hadoop)", 7: "LZ4"]
            throw ParquetDamage(
                "is compressed with \(names[number] ?? "codec \(number)"); write it with zstd or snappy")
        }
    }

    /// The dictionary page's values, if the next page is one.
    mutating func dictionaryPage() throws(ParquetDamage) -> (bytes: Buffer, count: Int)? {
        let before = position
        guard remaining > 0, let (header, body) = try nextPage() else { return nil }
        guard header.kind == .dictionary else {
            position = before
            return nil
        }
        guard header.encoding == 0 || header.encoding == 2 else {
            throw ParquetDamage("has an unknown dictionary encoding")
        }
        return (try unpack(body, length: header.uncompressedSize), header.valueCount)
    }

    /// The next data page; nil when the chunk's values were all read.
    mutating func next() throws(ParquetDamage) -> DataPage? {
        guard remaining > 0 else { return nil }
        while let (header, body) = try nextPage() {
            switch header.kind {
            case .data:
                try take(header)
                return try splitV1(header, try unpack(body, length: header.uncompressedSize))
            case .dataV2:
                try take(header)
                return try splitV2(header, body)
            case .dictionary: throw ParquetDamage("has a dictionary behind its data")
            case .index, nil: continue
            }
        }
        throw ParquetDamage("has \(remaining) values less than the footer says; the file is damaged")
    }

    private mutating func take(_ header: PageHeader) throws(ParquetDamage) {
        guard header.valueCount <= remaining else {
            throw ParquetDamage("has more values than the footer says; the file is damaged")
        }
        remaining -= header.valueCount
    }

    private mutating func nextPage() throws(ParquetDamage) -> (PageHeader, Buffer)? {
        guard position < bytes.count else { return nil }
        var reader = ThriftReader(bytes.bytes, at: position)
        guard let header = try? PageHeader(reading: &reader), header.compressedSize >= 0, header.uncompressedSize >= 0,
            header.valueCount >= 0, header.compressedSize <= bytes.count - reader.position,
            header.uncompressedSize <= Self.maximumPageBytes
        else { throw ParquetDamage("has an unreadable page header; the file is damaged") }
        let body = bytes.slice(reader.position..<reader.position + header.compressedSize)
        position = reader.position + header.compressedSize
        if let crc = header.crc {
            let found = crc32_z(0, body.base.assumingMemoryBound(to: UInt8.self), body.count)
            guard UInt32(truncatingIfNeeded: found) == crc else {
                throw ParquetDamage("has a page with a wrong checksum; the file is damaged")
            }
        }
        return (header, body)
    }

    private func unpack(_ body: Buffer, length: Int) throws(ParquetDamage) -> Buffer {
        if codec == .none {
            guard body.count == length else { throw ParquetDamage("has a page of a wrong length; the file is damaged") }
            return body
        }
        do {
            return try codec.decompress(body.bytes, length: length)
        } catch {
            throw ParquetDamage("cannot be unpacked, \(error.reason); the file is damaged")
        }
    }

    /// v1: levels with a length in front, then values, all compressed together.
    private func splitV1(_ header: PageHeader, _ page: Buffer) throws(ParquetDamage) -> DataPage {
        var start = 0
        func levels(_ maximum: Int) throws(ParquetDamage) -> Buffer {
            guard maximum > 0 else { return .empty }
            guard header.definitionEncoding == 3 else { throw ParquetDamage("has levels in an outdated encoding") }
            guard page.count - start >= 4 else {
                throw ParquetDamage("has a page that is cut off; the file is damaged")
            }
            let length = Int(page.base.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            guard length <= page.count - start - 4 else {
                throw ParquetDamage("has a page that is cut off; the file is damaged")
            }
            defer { start += 4 + length }
            return page.slice(start + 4..<start + 4 + length)
        }
        let repetition = try levels(column.maximumRepetition)
        let definition = try levels(column.maximumDefinition)
        return DataPage(
            valueCount: header.valueCount, encoding: header.encoding, repetition: repetition, definition: definition,
            values: page.slice(start..<page.count))
    }

    /// v2: levels first and never compressed.
    private func splitV2(_ header: PageHeader, _ body: Buffer) throws(ParquetDamage) -> DataPage {
        let levels = header.repetitionLength + header.definitionLength
        guard header.repetitionLength >= 0, header.definitionLength >= 0, levels <= body.count,
            levels <= header.uncompressedSize
        else { throw ParquetDamage("has a page that is cut off; the file is damaged") }
        let packed = body.slice(levels..<body.count)
        let length = header.uncompressedSize - levels
        return DataPage(
            valueCount: header.valueCount, encoding: header.encoding,
            repetition: body.slice(0..<header.repetitionLength),
            definition: body.slice(header.repetitionLength..<levels),
            values: header.isCompressed && codec != .none && packed.count > 0
                ? try unpack(packed, length: length) : packed)
    }
}
