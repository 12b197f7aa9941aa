import Columnar
import FeatureStore

/// Records of CSV that come line by line, collected as text and read at once.
struct CSVLines {
    private let header: [UInt8]
    private let delimiter: UInt8
    private let columns: [(name: String, type: DataType)]
    /// The header and the records collected since the last table.
    private var text: [UInt8]
    /// Of each line of `text` behind the header, its number in the input.
    private var lineNumbers: [Int] = []
    /// Whether the last line ended within quotes, so that the next goes on with its record.
    private var isWithinQuotes = false
    /// Records collected since the last table.
    private(set) var count = 0
    /// A record that is longer is nearly always a quote that was never closed.
    private static let maximumRecordBytes = 16 << 20
    private var recordStart = 0

    /// - Parameters:
    ///   - header: the first line.
    ///   - wanted: the columns of the view's source; of those that may be left out, the header tells which are there.
    ///   - places: the columns of a stream's positions and partitions.
    init(header line: UnsafeRawBufferPointer, columns wanted: [PushColumn], places: StreamColumns?) throws(DataError) {
        header = Array(line) + [UInt8(ascii: "\n")]
        text = header
        delimiter = line.contains(UInt8(ascii: "\t")) ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        let names = try Self.reader(header, delimiter).header
        var columns = wanted.filter { !$0.isOptional || names.contains($0.name) }.map { ($0.name, $0.type.dataType) }
        for (name, type) in [(places?.position, DataType.int64), (places?.partition, .string)] {
            if let name, !columns.contains(where: { $0.0 == name }) { columns.append((name, type)) }
        }
        self.columns = columns
    }

    /// Whether a line begins CSV: it names a column that every row has.
    static func isLikelyHeader(_ line: UnsafeRawBufferPointer, of columns: [PushColumn]) -> Bool {
        guard let first = columns.first(where: { !$0.isOptional }) else { return false }
        let bytes = Array(line)
        let delimiter = bytes.contains(UInt8(ascii: "\t")) ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        return (try? reader(bytes, delimiter).header.contains(first.name)) ?? false
    }

    private static func reader(_ text: [UInt8], _ delimiter: UInt8) throws(DataError) -> CSVReader {
        try CSVReader(text: text, name: "", delimiter: delimiter)
    }

    var isWithinRecord: Bool { isWithinQuotes }

    /// Takes a line, with its number in the input.
    mutating func append(_ line: UnsafeRawBufferPointer, number: Int) throws(DataError) {
        if !isWithinQuotes { recordStart = text.count }
        text.append(contentsOf: line)
        text.append(UInt8(ascii: "\n"))
        lineNumbers.append(number)
        var isFieldStart = true
        var position = 0
        while position < line.count {
            let byte = line[position]
            if isWithinQuotes {
                if byte == UInt8(ascii: "\"") {
                    if position + 1 < line.count, line[position + 1] == byte {
                        position += 1
                    } else {
                        isWithinQuotes = false
                    }
                }
                isFieldStart = false
            } else {
                if byte == UInt8(ascii: "\""), isFieldStart { isWithinQuotes = true }
                isFieldStart = byte == delimiter
            }
            position += 1
        }
        if isWithinQuotes, text.count - recordStart > Self.maximumRecordBytes {
            throw DataError("a quote is not closed within \(Self.maximumRecordBytes >> 20) MiB", row: number)
        }
        if !isWithinQuotes { count += 1 }
    }

    /// The records collected since the last call, and the line of each.
    ///
    /// - Parameter onBadRow: see `CSVReader.BadRowHandler`; the error tells the line of the input.
    mutating func table(onBadRow: CSVReader.BadRowHandler) throws(DataError) -> (table: Table, lines: [Int]) {
        defer {
            text = header
            lineNumbers = []
            count = 0
        }
        let reader = try Self.reader(text, delimiter)
        var tables: [Table] = []
        var lines: [Int] = []
        while true {
            let table = try reader.read(columns: columns) { (error, record) throws(DataError) in
                var error = DataError(error.message, row: error.row, column: error.column)
                error.row = error.row.flatMap { $0 >= 2 && $0 - 2 < lineNumbers.count ? lineNumbers[$0 - 2] : nil }
                try onBadRow(error, record)
            }
            guard let table else { break }
            tables.append(table)
            lines += reader.rowLines.map { lineNumbers[$0 - 2] }
        }
        return (.concatenating(tables, fields: columns.map { Field($0.name, $0.type) }), lines)
    }
}
