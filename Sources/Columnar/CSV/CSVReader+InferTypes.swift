extension CSVReader {
    /// Finds a type for each named column of a file from its values, so that columns nobody declared keep their meaning.
    ///
    /// The first that holds for all values of a column that are not null:
    /// - bool: all are `true` or `false`, in any case;
    /// - int64: whole numbers in range, without leading zeros or a plus sign (`007` is a name, not a number);
    /// - float64: decimal numbers, whole ones among them exactly representable, `nan`, `inf`; no leading zeros;
    /// - date32: dates; timestamp (microseconds, UTC): dates and times;
    /// - string: anything else, and a column of nulls only.
    ///
    /// Values beyond int64 are strings, so that long identifiers lose no digits. Records that cannot be read are left
    /// to `read` to report.
    /// - Parameter sampleRows: how many rows to look at; by default all of them. A later row may then not fit.
    /// - Throws: if the file cannot be read.
    /// - Complexity: one pass over the file.
    public static func inferTypes(
        path: String, delimiter: UInt8? = nil, nullTexts: Set<String> = [""], sampleRows: Int = .max
    ) throws(DataError) -> [(name: String, type: DataType)] {
        let reader = try CSVReader(path: path, delimiter: delimiter)
        let nulls = CSVNullTexts(nullTexts)
        let named = reader.header.indices.filter { !reader.header[$0].isEmpty }
        let records = CSVRecords(selected: named, fieldCount: reader.header.count)
        var guesses = [CSVTypeGuess](repeating: CSVTypeGuess(), count: named.count)
        let scratch = MutableBuffer()
        var rows = 0
        while rows < sampleRows, try reader.fill(records, limit: sampleRows - rows) {
            rows += records.records.count
            for slot in named.indices where !guesses[slot].isSettled {
                for span in records.spans(slot: slot) {
                    let raw = UnsafeRawBufferPointer(
                        start: reader.windowBytes + Int(span.start), count: Int(span.length))
                    let text = span.isEscaped ? CSVScanner.unescaped(raw, into: scratch) : raw
                    if !nulls.contains(text), !text.isEmpty { guesses[slot].look(at: CSVCell.trimmed(text)) }
                }
            }
        }
        return named.indices.map { (reader.header[named[$0]], guesses[$0].type) }
    }
}

/// The types that all values seen so far could have.
private struct CSVTypeGuess {
    private struct Candidates: OptionSet {
        let rawValue: UInt8
        static let bool = Candidates(rawValue: 1)
        static let int64 = Candidates(rawValue: 2)
        static let float64 = Candidates(rawValue: 4)
        static let date = Candidates(rawValue: 8)
        static let timestamp = Candidates(rawValue: 16)
        static let all: Candidates = [.bool, .int64, .float64, .date, .timestamp]
    }

    private var candidates = Candidates.all
    private var hasValues = false

    /// Whether no value can change the guess any more.
    var isSettled: Bool { candidates.isEmpty }

    var type: DataType {
        if !hasValues { return .string }
        if candidates.contains(.bool) { return .bool }
        if candidates.contains(.int64) { return .int64 }
        if candidates.contains(.float64) { return .float64 }
        if candidates.contains(.date) { return .date32 }
        return candidates.contains(.timestamp) ? .instant : .string
    }

    mutating func look(at text: UnsafeRawBufferPointer) {
        hasValues = true
        if candidates.contains(.bool), !CSVCell.matches(text, "true"), !CSVCell.matches(text, "false") {
            candidates.remove(.bool)
        }
        if candidates.contains(.float64) { lookAtNumber(text) }
        if candidates.contains(.timestamp) {
            if Timestamp(parsing: text) == nil { candidates.subtract([.date, .timestamp]) }
            if text.count != 10 { candidates.remove(.date) }
        }
    }

    private mutating func lookAtNumber(_ text: UnsafeRawBufferPointer) {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = text.dropFirst(isNegative ? 1 : 0)
        let isWhole = digits.allSatisfy { $0 &- 48 < 10 }
        let second = digits.dropFirst().first.map { $0 &- 48 < 10 } ?? false
        let hasLeadingZero = digits.first == UInt8(ascii: "0") && second
        guard !hasLeadingZero, text.first != UInt8(ascii: "+"), let number = NumberText.double(text) else {
            candidates.subtract([.int64, .float64])
            return
        }
        if isWhole {
            guard let whole = NumberText.integer(text, as: Int64.self) else {
                candidates.subtract([.int64, .float64])
                return
            }
            if Int64(exactly: number) != whole { isFloatExact = false }
        } else {
            candidates.remove(.int64)
        }
        if !isFloatExact, !candidates.contains(.int64) { candidates.remove(.float64) }
    }

    /// Whether float64 holds all whole numbers seen so far.
    private var isFloatExact = true
}
