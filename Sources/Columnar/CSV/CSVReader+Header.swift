extension CSVReader {
    /// The most columns that a file may have.
    static let maximumColumns = 16_384

    /// Reads the first record that is not blank as names, and advances behind it.
    static func readHeader(
        _ window: inout CSVWindow, scanner: CSVScanner, line: inout Int, path: String
    ) throws(DataError) -> [String] {
        let names = try headerFields(&window, scanner: scanner, line: &line, path: path)
        var seen: Set<String> = []
        for name in names where !name.isEmpty && !seen.insert(name).inserted {
            throw DataError("occurs twice in the header; rename one of the two", file: path, row: 1, column: name)
        }
        if let name = names.first(where: { $0.utf8.contains(UInt8(ascii: "\r")) }), name.utf8.count < 10_000 {
            throw DataError(
                "the header holds a carriage return within '\(name.prefix(while: { $0 != "\r" }))…'; write lines that "
                    + "end in LF or CR LF", file: path, row: 1)
        }
        return names
    }

    private static func headerFields(
        _ window: inout CSVWindow, scanner: CSVScanner, line: inout Int, path: String
    ) throws(DataError) -> [String] {
        while true {
            while window.position < window.count,
                let next = scanner.blankLineEnd(window.bytes, at: window.position, to: window.count)
            {
                window.position = next
                line += 1
            }
            var spans: [CSVFieldSpan] = []
            let isEmpty = window.isAtEnd && window.position == window.count
            if isEmpty {
                throw DataError("is empty; a CSV file begins with a line of column names", file: path)
            }
            let outcome = scanner.scanRecord(
                window.bytes, from: window.position, to: window.count, isAtEnd: window.isAtEnd
            ) { _, span in
                if spans.count <= maximumColumns { spans.append(span) }
            }.outcome
            switch outcome {
            case .record(_, let next, let newlines):
                if spans.count > maximumColumns {
                    throw DataError("has more than \(maximumColumns) columns", file: path, row: line)
                }
                let names = try names(spans, in: window, path: path, line: line)
                window.position = next
                line += newlines
                return names
            case .malformed(_, _, _, let message): throw DataError(message, file: path, row: line)
            case .incomplete(let open):
                if window.isAtEnd || window.count - window.position > CSVWindow.maximumRecordBytes {
                    throw CSVUnfinishedRecord.tooLong(line: line, openQuoteLine: open.map { line + $0 })
                        .error(file: path)
                }
                try window.slide()
            }
        }
    }

    private static func names(
        _ spans: [CSVFieldSpan], in window: CSVWindow, path: String, line: Int
    ) throws(DataError) -> [String] {
        let scratch = MutableBuffer()
        var names: [String] = []
        for span in spans {
            let raw = UnsafeRawBufferPointer(start: window.bytes + Int(span.start), count: Int(span.length))
            let text = span.isEscaped ? CSVScanner.unescaped(raw, into: scratch) : raw
            guard CSVCell.isUTF8(text) else {
                throw DataError("the header is not UTF-8 text; is this a CSV file?", file: path, row: line)
            }
            names.append(String(decoding: text, as: UTF8.self))
        }
        return names
    }
}
