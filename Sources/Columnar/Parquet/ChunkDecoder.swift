import Foundation

/// Decodes chunks of one column, one after the other, into one column.
///
/// Values of a page are first laid down densely and then moved apart where there are nulls, from the end, so that no
/// second buffer is needed.
struct ChunkDecoder {
    private let column: ParquetColumn
    private let elementType: DataType
    private var values: ValueSink
    private var validity = ValidityBuilder()
    private var lists: ListBuilder?

    init(_ column: ParquetColumn, expectedRows: Int) {
        self.column = column
        if case .list(let element) = column.field.type {
            elementType = element
        } else {
            elementType = column.field.type
        }
        values = ValueSink(elementType, physical: column.physical, typeLength: column.typeLength)
        values.reserve(expectedRows)
        if column.isList { lists = ListBuilder(column) }
    }

    mutating func append(
        _ chunk: ParquetMetadata.ColumnChunk, in file: Buffer, rows: Int
    ) throws(ParquetDamage) {
        if let refusal = column.refusal { throw ParquetDamage(refusal) }
        let rowsBefore = rowCount
        var pages = try PageReader(chunk, in: file, column: column)
        var dictionary: ValueDictionary?
        if let page = try pages.dictionaryPage() {
            dictionary = try ValueDictionary(
                page.bytes, count: page.count, type: elementType, physical: column.physical,
                typeLength: column.typeLength)
        }
        while let page = try pages.next() { try append(page, dictionary) }
        guard rowCount - rowsBefore == rows else {
            throw ParquetDamage("has \(rowCount - rowsBefore) rows in a row group of \(rows); the file is damaged")
        }
    }

    private var rowCount: Int { lists?.count ?? values.count }

    private mutating func append(_ page: DataPage, _ dictionary: ValueDictionary?) throws(ParquetDamage) {
        if lists != nil {
            let present = try lists!.append(page, validity: &validity)
            try decode(page, count: present.valid, dictionary)
            if let spread = present.validity { values.spread(last: present.valid, by: spread) }
            return
        }
        guard column.maximumDefinition > 0 else {
            validity.appendValid(page.valueCount)
            return try decode(page, count: page.valueCount, dictionary)
        }
        let start = validity.count
        let valid = try validity.append(
            page.definition.bytes, count: page.valueCount, maximum: column.maximumDefinition)
        try decode(page, count: valid, dictionary)
        if valid < page.valueCount {
            values.spread(last: valid, by: validity.bits(start..<start + page.valueCount))
        }
    }

    /// Lays down `count` values of the page, densely.
    private mutating func decode(
        _ page: DataPage, count: Int, _ dictionary: ValueDictionary?
    ) throws(ParquetDamage) {
        if count == 0 { return }
        switch page.encoding {
        case 0: try values.appendPlain(page.values, count: count)
        case 2, 8:
            guard let dictionary else { throw ParquetDamage("refers to a dictionary that is not there") }
            try values.append(page.values, count: count, from: dictionary)
        case 3 where elementType == .bool: try values.appendRunLengthBools(page.values, count: count)
        default:
            let names: [Int32: String] = [
                5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY", 9: "BYTE_STREAM_SPLIT",
            ]
            throw ParquetDamage(
                "has the encoding \(names[page.encoding] ?? String(page.encoding)), which is not supported yet; "
                    + "write it with plain or dictionary encoding")
        }
    }

    mutating func finish() -> Column {
        guard var lists else { return values.finish(validity: validity.finish()) }
        let elements = values.finish(validity: lists.elementValidity.finish())
        return Column(
            listOf: elements, count: lists.count, offsets: lists.finishOffsets(), validity: validity.finish())
    }
}
