import CZlib

/// A data page, unpacked: the bytes of its levels and of its values.
///
/// The bytes are valid until the next page is unpacked. At least `ChunkPages.readablePadding` bytes can be read behind each
/// part, so decoders may load whole words at the end.
struct DataPage {
    /// Values, nulls and empty lists included.
    let valueCount: Int
    let repetition: UnsafeRawBufferPointer
    let definition: UnsafeRawBufferPointer
    let definitionEncoding: PageEncoding
    let repetitionEncoding: PageEncoding
    let values: UnsafeRawBufferPointer
    let encoding: PageEncoding
    /// Whether the values lie in the mapped file, where they stay.
    let isMapped: Bool
}

/// Unpacks the pages of one chunk, one after the other, into the same memory.
struct PageUnpacker {
    private let file: Buffer
    private let codec: Codec
    private let column: ParquetColumn
    private let scratch: MutableBuffer

    init(_ pages: ChunkPages, of column: ParquetColumn, in file: Buffer) throws(DataError) {
        self.file = file
        self.column = column
        codec = pages.codec
        let needed = codec == .none ? 0 : pages.largestPage
        try MemoryLimit.check(needed)
        scratch = MutableBuffer(capacity: needed)
    }

    func dictionary(_ page: ChunkPages.Page) throws(DataError) -> UnsafeRawBufferPointer {
        guard
            page.header.encoding == PageEncoding.plain.rawValue
                || page.header.encoding == PageEncoding.plainDictionary.rawValue
        else { throw DataError("has a dictionary in an unknown encoding; write it with another encoding") }
        return try unpack(try checkedBody(page), length: page.header.uncompressedSize)
    }

    func data(_ page: ChunkPages.Page) throws(DataError) -> DataPage {
        guard let encoding = PageEncoding(rawValue: page.header.encoding) else {
            throw DataError("has the unknown encoding \(page.header.encoding); write it with another encoding")
        }
        let body = try checkedBody(page)
        return page.header.kind == .dataV2
            ? try version2(page.header, body, encoding) : try version1(page.header, body, encoding)
    }

    /// Version 1: the levels with their lengths, then the values, packed together.
    private func version1(
        _ header: PageHeader, _ body: UnsafeRawBufferPointer, _ encoding: PageEncoding
    ) throws(DataError) -> DataPage {
        let page = try unpack(body, length: header.uncompressedSize)
        var rest = page
        let repetitionEncoding = try levelEncoding(header.repetitionEncoding)
        let repetition = try Self.takeLevels(
            &rest, maximum: column.list == nil ? 0 : 1, count: header.valueCount, encoding: repetitionEncoding)
        let definitionEncoding = try levelEncoding(header.definitionEncoding)
        let definition = try Self.takeLevels(
            &rest, maximum: column.maximumDefinition, count: header.valueCount, encoding: definitionEncoding)
        return DataPage(
            valueCount: header.valueCount, repetition: repetition, definition: definition,
            definitionEncoding: definitionEncoding, repetitionEncoding: repetitionEncoding, values: rest,
            encoding: encoding, isMapped: codec == .none)
    }

    /// Version 2: the levels, which are never packed, then the values.
    private func version2(
        _ header: PageHeader, _ body: UnsafeRawBufferPointer, _ encoding: PageEncoding
    ) throws(DataError) -> DataPage {
        let levels = header.repetitionLength + header.definitionLength
        guard header.repetitionLength >= 0, header.definitionLength >= 0, levels <= body.count,
            levels <= header.uncompressedSize
        else { throw Self.isCutOff }
        let packed = UnsafeRawBufferPointer(rebasing: body[levels...])
        let isPacked = header.isCompressed && codec != .none && !packed.isEmpty
        return DataPage(
            valueCount: header.valueCount,
            repetition: UnsafeRawBufferPointer(rebasing: body[..<header.repetitionLength]),
            definition: UnsafeRawBufferPointer(rebasing: body[header.repetitionLength..<levels]),
            definitionEncoding: .runLength, repetitionEncoding: .runLength,
            values: isPacked ? try unpack(packed, length: header.uncompressedSize - levels) : packed,
            encoding: encoding, isMapped: !isPacked)
    }

    private func levelEncoding(_ number: Int32) throws(DataError) -> PageEncoding {
        switch PageEncoding(rawValue: number) {
        case .runLength: return .runLength
        case .bitPacked: return .bitPacked
        default: throw DataError("has levels in the unknown encoding \(number); it is damaged, write it again")
        }
    }

    private static func takeLevels(
        _ rest: inout UnsafeRawBufferPointer, maximum: Int, count: Int, encoding: PageEncoding
    ) throws(DataError) -> UnsafeRawBufferPointer {
        guard maximum > 0 else { return UnsafeRawBufferPointer(rebasing: rest[..<0]) }
        let start = encoding == .bitPacked ? 0 : 4
        guard rest.count >= start else { throw isCutOff }
        let length =
            encoding == .bitPacked
            ? (count * LevelDecoder.bitWidth(maximum: maximum) + 7) / 8
            : Int(rest.loadUnaligned(as: UInt32.self))
        guard length <= rest.count - start else { throw isCutOff }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[(start + length)...]) }
        return UnsafeRawBufferPointer(rebasing: rest[start..<start + length])
    }

    private func checkedBody(_ page: ChunkPages.Page) throws(DataError) -> UnsafeRawBufferPointer {
        let body = UnsafeRawBufferPointer(rebasing: file.bytes[page.body])
        if let crc = page.header.crc {
            let found = crc32_z(0, body.baseAddress?.assumingMemoryBound(to: UInt8.self), body.count)
            guard UInt32(truncatingIfNeeded: found) == crc else {
                throw DataError("has a page with a wrong checksum; it is damaged, write it again")
            }
        }
        return body
    }

    private func unpack(_ body: UnsafeRawBufferPointer, length: Int) throws(DataError) -> UnsafeRawBufferPointer {
        guard codec != .none else {
            guard body.count == length else { throw Self.isCutOff }
            return body
        }
        scratch.resize(to: length)
        do throws(Codec.Failure) {
            try codec.decompress(body, into: scratch)
        } catch {
            throw DataError("has a page that cannot be unpacked (\(error.reason)); it is damaged, write it again")
        }
        return UnsafeRawBufferPointer(start: scratch.base, count: length)
    }

    private static var isCutOff: DataError { DataError("has a page that is cut off; it is damaged, write it again") }
}
