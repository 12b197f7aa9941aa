/// Reads a table from a CSV or TSV file (RFC 4180), plain or gzip, in batches.
///
/// The first record is the header. Columns are chosen by name and read as types that the caller states:
///
/// | type | text |
/// |---|---|
/// | bool | `true false t f 1 0`, in any case |
/// | whole numbers | digits, exactly, within the range; a fraction of zeros (`3.0`) is allowed |
/// | floats | decimal, `nan`, `inf`; rounded once, to the nearest |
/// | timestamp | ISO 8601; UTC where no offset is given; a number alone is refused, because its unit is unknown |
/// | date32 | `2013-01-31` |
/// | string | the text, which must be UTF-8 |
/// | bytes | `0x` and two hexadecimal digits a byte |
/// | vectors of numbers | `[1, 2.5, 3]` |
///
/// A field that is one of `nullTexts` (by default: empty) is null; in quotes it is a null too, except for strings and
/// bytes, where `""` is the empty string. Spaces around anything but strings are ignored. Blank lines are skipped,
/// except in a file of one column, where they are nulls.
///
/// ```swift
/// let reader = try CSVReader(path: "data/delays.csv.gz")
/// while let batch = try reader.read(columns: [("tailnum", .string), ("dep_delay", .float32)]) { … }
/// ```
public final class CSVReader {
    /// Called with a record that cannot be read and its text; returns to leave the record out, throws to stop.
    public typealias BadRowHandler = (_ error: DataError, _ record: String) throws(DataError) -> Void

    /// Rows of a batch where the caller does not say.
    public static let defaultBatchRows = 65_536

    /// The names of the file's columns; unique, but for empty ones, which cannot be read.
    public let header: [String]
    let path: String
    private let scanner: CSVScanner
    private var window: CSVWindow
    /// The line of the next record, counted from 1.
    private var line = 1
    /// The lines, counted from 1, on which the rows of the table read last start.
    public private(set) var rowLines: [Int] = []

    /// Opens the file and reads its header.
    ///
    /// - Parameter delimiter: what separates fields; by default a tab for `.tsv` and `.tsv.gz`, else a comma.
    /// - Throws: if the file cannot be read, has no header, or a name occurs twice in it.
    public convenience init(path: String, delimiter: UInt8? = nil) throws(DataError) {
        try self.init(path: path, delimiter: delimiter, windowBytes: 1 << 20)
    }

    /// A reader with a window of a given size; small ones let tests cut records anywhere.
    init(path: String, delimiter: UInt8? = nil, windowBytes: Int) throws(DataError) {
        let isTabbed = [".tsv", ".tsv.gz", ".tab"].contains { path.lowercased().hasSuffix($0) }
        self.path = path
        scanner = CSVScanner(delimiter: delimiter ?? UInt8(ascii: isTabbed ? "\t" : ","))
        window = try CSVWindow(stream: FileByteStream(path: path), byteCount: windowBytes)
        header = try Self.readHeader(&window, scanner: scanner, line: &line, path: path)
    }

    /// A reader of text that is at hand, as that of a file named `name`.
    public init(text: [UInt8], name: String, delimiter: UInt8) throws(DataError) {
        path = name
        scanner = CSVScanner(delimiter: delimiter)
        window = try CSVWindow(stream: FileByteStream(bytes: text, path: name), byteCount: max(text.count, 64) + 1)
        header = try Self.readHeader(&window, scanner: scanner, line: &line, path: name)
    }

    /// Reads the next rows, up to `maximumRows`; nil at the end of the file.
    ///
    /// The table's columns are those asked for, in that order. A missing column is an error that names the nearest one.
    /// - Parameter onBadRow: see `BadRowHandler`; by default the first bad row stops the read. Rows that were read in
    ///   this batch are lost then.
    public func read(
        columns: [(name: String, type: DataType)], nullTexts: Set<String> = [""],
        maximumRows: Int = CSVReader.defaultBatchRows,
        onBadRow: BadRowHandler = { (error, _) throws(DataError) in throw error }
    ) throws(DataError) -> Table? {
        precondition(maximumRows > 0)
        let nulls = CSVNullTexts(nullTexts)
        let records = CSVRecords(selected: try positions(of: columns.map(\.name)), fieldCount: header.count)
        var builders: [CSVColumn] = []
        for (name, type) in columns {
            builders.append(try CSVColumn(name: name, type: type, file: path, nullTexts: nulls))
        }
        var kept = CSVKeptRows()
        rowLines.removeAll(keepingCapacity: true)
        while kept.count < maximumRows, try fill(records, limit: maximumRows - kept.count) {
            var rejected: [Int: DataError] = [:]
            for (slot, column) in builders.enumerated() {
                let spans = records.spans(slot: slot)
                for row in column.append(spans, in: window.bytes) where rejected[row] == nil {
                    rejected[row] = DataError(
                        column.explanation(of: spans[row], in: window.bytes), file: path,
                        row: records.records[row].line, column: column.name)
                }
            }
            kept.append(records.records.count, without: rejected.keys)
            for (row, record) in records.records.enumerated() where rejected[row] == nil {
                rowLines.append(record.line)
            }
            try report(rejected, records, to: onBadRow)
        }
        guard kept.count > 0 else { return nil }
        let table = Table(
            fields: columns.map { Field($0.name, $0.type) }, columns: builders.map { $0.finish() },
            rowCount: kept.scannedCount)
        return kept.rows(of: table)
    }

    /// Fills `records` with the next up to `limit` records; false at the end.
    func fill(_ records: CSVRecords, limit: Int = .max) throws(DataError) -> Bool {
        do throws(CSVUnfinishedRecord) {
            return try records.fill(from: &window, scanner: scanner, line: &line, limit: limit)
        } catch {
            throw error.error(file: path)
        }
    }

    /// The file's bytes that spans of the records filled last lie in; valid until the next `fill`.
    var windowBytes: UnsafePointer<UInt8> { window.bytes }

    private func report(
        _ rejected: [Int: DataError], _ records: CSVRecords, to onBadRow: BadRowHandler
    ) throws(DataError) {
        if rejected.isEmpty, records.malformed.isEmpty { return }
        var bad = rejected.map { (record: records.records[$0.key], error: $0.value) }
        for malformed in records.malformed {
            bad.append(
                (malformed.record, DataError(malformed.message, file: path, row: malformed.record.line)))
        }
        for (record, error) in bad.sorted(by: { $0.record.line < $1.record.line }) {
            var text = window.text(record.range)
            if text.utf8.last == UInt8(ascii: "\r") { text.unicodeScalars.removeLast() }
            try onBadRow(error, text)
        }
    }

    /// The fields' positions in the file.
    private func positions(of names: [String]) throws(DataError) -> [Int] {
        var positions: [Int] = []
        for name in names {
            guard !name.isEmpty, let position = header.firstIndex(of: name) else { throw missingColumn(name) }
            if positions.contains(position) { throw DataError("is asked for twice", file: path, column: name) }
            positions.append(position)
        }
        return positions
    }

    private func missingColumn(_ name: String) -> DataError {
        var message = "has no column '\(name)'"
        if let nearest = Spelling.nearest(to: name, in: header) { message += " (did you mean '\(nearest)'?)" }
        message += "; its columns are \(header.prefix(50).joined(separator: ", "))"
        if header.count == 1, let other = header[0].first(where: { ",;\t|".contains($0) }) {
            message += "; the delimiter seems to be '\(other == "\t" ? "tab" : String(other))'"
        }
        return DataError(message, file: path)
    }
}

/// Which of the rows scanned so far are good.
private struct CSVKeptRows {
    private(set) var scannedCount = 0
    private var badRows: [Int] = []

    var count: Int { scannedCount - badRows.count }

    mutating func append(_ rows: Int, without bad: some Sequence<Int>) {
        badRows += bad.map { scannedCount + $0 }
        scannedCount += rows
    }

    func rows(of table: Table) -> Table {
        if badRows.isEmpty { return table }
        let bad = Set(badRows)
        let good = (0..<scannedCount).filter { !bad.contains($0) }.map(Int32.init)
        return good.withUnsafeBufferPointer { good in
            Table(fields: table.fields, columns: table.columns.map { $0.taking(good) }, rowCount: good.count)
        }
    }
}
