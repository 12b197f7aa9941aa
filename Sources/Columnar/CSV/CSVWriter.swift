/// Writes tables as one CSV file (RFC 4180, lines end in LF), which appears under its name when `close` succeeds.
///
/// A null is an empty field, an empty string `""`; fields are quoted only where they must be. Numbers are written so
/// that reading them gives the same bits (a NaN stays a NaN), timestamps as RFC 3339 in UTC, bytes as `0x…`, lists and
/// vectors as `[1, 2.5]`. A path that ends in `.gz` is compressed, one in `.tsv` or `.tsv.gz` is tab-separated.
///
/// A writer that is let go before `close` leaves no file, and an older file of that name as it was.
public final class CSVWriter {
    private let fields: [Field]
    private let text: CSVCellText
    private let send: (UnsafeRawBufferPointer) throws(DataError) -> Void
    private let end: () throws(DataError) -> Void
    private let lines = MutableBuffer()

    /// Creates the file and writes the header.
    ///
    /// - Throws: if the file cannot be created.
    public convenience init(path: String, fields: [Field], delimiter: UInt8? = nil) throws(DataError) {
        let isTabbed = [".tsv", ".tsv.gz", ".tab"].contains { path.lowercased().hasSuffix($0) }
        let file = try FileByteSink(path: path)
        try self.init(
            fields: fields, delimiter: delimiter ?? UInt8(ascii: isTabbed ? "\t" : ","),
            send: { (bytes) throws(DataError) in try file.write(bytes) },
            end: { () throws(DataError) in try file.close() })
    }

    /// Hands the text to `send`, some lines at a time, beginning with the header.
    public convenience init(
        fields: [Field], to send: @escaping (UnsafeRawBufferPointer) throws(DataError) -> Void
    ) throws(DataError) {
        try self.init(fields: fields, delimiter: UInt8(ascii: ","), send: send, end: {})
    }

    private init(
        fields: [Field], delimiter: UInt8, send: @escaping (UnsafeRawBufferPointer) throws(DataError) -> Void,
        end: @escaping () throws(DataError) -> Void
    ) throws(DataError) {
        self.fields = fields
        self.send = send
        self.end = end
        text = CSVCellText(delimiter: delimiter)
        for (i, field) in fields.enumerated() {
            if i > 0 { lines.append(text.delimiter) }
            text.appendQuotedIfNeeded(field.name, to: lines)
        }
        lines.append(UInt8(ascii: "\n"))
        try flush()
    }

    /// Appends the rows of a table that has the writer's fields.
    ///
    /// - Throws: if the file cannot be written, for example because the disk is full.
    public func write(_ table: Table) throws(DataError) {
        precondition(table.fields.map(\.type) == fields.map(\.type))
        let cells = table.columns.map { (validity: $0.validity, append: text.append(of: $0)) }
        for row in 0..<table.rowCount {
            for (i, cell) in cells.enumerated() {
                if i > 0 { lines.append(text.delimiter) }
                if cell.validity?[row] ?? true { cell.append(row, lines) }
            }
            lines.append(UInt8(ascii: "\n"))
            if lines.count > 256 * 1024 { try flush() }
        }
        try flush()
    }

    /// Makes the file durable and gives it its name; nothing may be written afterwards.
    public func close() throws(DataError) { try end() }

    private func flush() throws(DataError) {
        try Cancellation.check()
        guard lines.count > 0 else { return }
        try send(UnsafeRawBufferPointer(start: lines.base, count: lines.count))
        lines.removeAll()
    }
}
