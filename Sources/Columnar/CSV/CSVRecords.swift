/// Records found in a window, and the spans of their selected fields, column by column.
final class CSVRecords {
    /// Records scanned before their fields are read; small enough that spans and text stay in the cache.
    static let capacity = 2048

    /// One record that can be read.
    struct Record {
        /// The line of the file where it starts, counted from 1.
        var line: Int
        var range: Range<Int>
    }

    /// One record that cannot be read.
    struct Malformed {
        var record: Record
        var message: String
    }

    private(set) var records: [Record] = []
    private(set) var malformed: [Malformed] = []
    private let spans: UnsafeMutableBufferPointer<CSVFieldSpan>
    /// For each field of the file the slot that keeps it, or -1.
    private let slots: [Int32]

    /// - Parameter selected: for each slot the field of the file that it keeps; no field twice.
    init(selected: [Int], fieldCount: Int) {
        var slots = [Int32](repeating: -1, count: fieldCount)
        for (slot, field) in selected.enumerated() { slots[field] = Int32(slot) }
        self.slots = slots
        spans = .allocate(capacity: max(1, selected.count) * Self.capacity)
        spans.initialize(repeating: CSVFieldSpan(start: 0, length: 0, isQuoted: false, isEscaped: false))
        records.reserveCapacity(Self.capacity)
    }

    deinit { spans.deallocate() }

    /// The spans of one selected column, one a record; valid until the next `fill`.
    func spans(slot: Int) -> UnsafeBufferPointer<CSVFieldSpan> {
        UnsafeBufferPointer(rebasing: spans[slot * Self.capacity..<slot * Self.capacity + records.count])
    }

    /// Replaces the content by up to `limit` records from the window, and advances the window behind them.
    ///
    /// Slides the window only if it holds no whole record, so that all spans lie in it afterwards.
    /// - Returns: false at the end of the file.
    func fill(
        from window: inout CSVWindow, scanner: CSVScanner, line: inout Int, limit: Int
    ) throws(CSVUnfinishedRecord) -> Bool {
        records.removeAll(keepingCapacity: true)
        malformed.removeAll(keepingCapacity: true)
        while true {
            let open = scan(&window, scanner: scanner, line: &line, limit: min(limit, Self.capacity))
            if !records.isEmpty || !malformed.isEmpty { return true }
            if window.isAtEnd, window.position == window.count { return false }
            let isTooLong = window.count - window.position > CSVWindow.maximumRecordBytes
            if isTooLong || window.isAtEnd {
                throw .tooLong(line: line, openQuoteLine: open.map { line + $0 })
            }
            do throws(DataError) { try window.slide() } catch { throw .unreadable(error) }
        }
    }

    /// Reads whole records until the window or `limit` ends; returns the line ends before a quote left open.
    private func scan(_ window: inout CSVWindow, scanner: CSVScanner, line: inout Int, limit: Int) -> Int? {
        let bytes = window.bytes
        let end = window.count
        let isAtEnd = window.isAtEnd
        let fieldCount = slots.count
        var position = window.position
        defer { window.position = position }
        return slots.withUnsafeBufferPointer { slots in
            while records.count < limit, malformed.count < limit, position < end {
                if fieldCount > 1, let next = scanner.blankLineEnd(bytes, at: position, to: end) {
                    position = next
                    line += 1
                    continue
                }
                let row = records.count
                let (outcome, fields) = scanner.scanRecord(bytes, from: position, to: end, isAtEnd: isAtEnd) {
                    field, span in
                    guard field < fieldCount, case let slot = Int(slots[field]), slot >= 0 else { return }
                    spans[slot * Self.capacity + row] = span
                }
                switch outcome {
                case .record(let recordEnd, let next, let newlines):
                    let record = Record(line: line, range: position..<recordEnd)
                    if fields == fieldCount {
                        records.append(record)
                    } else {
                        let message =
                            "has \(fields) field\(fields == 1 ? "" : "s") where the header has \(fieldCount); quote "
                            + "fields that hold the delimiter or a line end"
                        malformed.append(Malformed(record: record, message: message))
                    }
                    position = next
                    line += newlines
                case .malformed(let recordEnd, let next, let newlines, let message):
                    malformed.append(
                        Malformed(record: Record(line: line, range: position..<recordEnd), message: message))
                    position = next
                    line += newlines
                case .incomplete(let openQuoteNewlines): return openQuoteNewlines
                }
            }
            return nil
        }
    }
}

/// Why reading cannot go on.
enum CSVUnfinishedRecord: Error {
    /// A record exceeds the limit, or the file ends in quotes.
    case tooLong(line: Int, openQuoteLine: Int?)
    case unreadable(DataError)

    func error(file: String) -> DataError {
        switch self {
        case .unreadable(let error): return error
        case .tooLong(let line, let openQuoteLine?):
            return DataError(
                "the quote opened on line \(openQuoteLine) is not closed within its record; close it, or double "
                    + "quotes that belong to the text", file: file, row: line)
        case .tooLong(let line, nil):
            return DataError(
                "the record is longer than \(CSVWindow.maximumRecordBytes >> 20) MiB; is this a text file with line "
                    + "ends?", file: file, row: line)
        }
    }
}
