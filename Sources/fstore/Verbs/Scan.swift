import Columnar
import FeatureStore

extension Command {
    static let scan = Command(
        name: "scan", summary: "Prints or writes the online rows of a view in the order of their keys.",
        discussion: """
            Rows are given as they are stored, whatever their age: the join keys, the times and the features. Values of the first
            join keys choose the rows that have them. All rows are of one commit, and memory does not grow with their number.
            """,
        arguments: [
            Argument(name: "VIEW", help: "The feature view.", completion: .candidates("views")),
            Argument(name: "KEY=VALUE", help: "Only rows of this key: the first join key, or several.", count: .any),
        ],
        options: [
            Option(name: "limit", kind: .value("ROWS"), help: "The most rows. Default: all."),
            Option(
                name: "format", kind: .value("FORMAT"), help: "How rows are printed: csv, or json, a line a row.",
                completion: .choices(["csv", "json"])),
            Option(
                name: "out", kind: .value("FILE"),
                help: "Write a Parquet or CSV file, by its name, instead of printing.",
                completion: .file),
        ],
        examples: [
            ("fstore scan driver_stats --limit 10", "the first ten drivers"),
            ("fstore scan route_stats city=Berlin --out berlin.parquet", "all lines of a city"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let view = arguments.argument("VIEW") ?? ""
        let limit = try arguments.value("limit", "a number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? .max
        let fields = try store.scanFields(of: view)
        let keys = try keys(arguments.arguments("KEY=VALUE"), of: view, in: try store.definitions())
        if let out = arguments.value("out") {
            if let format = arguments.value("format") {
                throw UsageError(description: "--out says by its name what is written; leave --format \(format) out")
            }
            let bar = ProgressBar(view, on: terminal)
            defer { bar.finish() }
            let output = try TableOutput(path: out, fields: fields)
            var rows = 0
            try store.scan(view, keys: keys, limit: limit) { batch in
                try output.write(batch)
                rows += batch.rowCount
                bar.update(rows: rows, of: nil)
                return true
            }
            let bytes = try output.keep()
            bar.finish()
            terminal.say("\(out): \(Quantities.count(rows, "row")), \(Quantities.bytes(bytes))")
            return try terminal.printJSON(Written(path: out, rows: rows, bytes: bytes))
        }
        if terminal.printsJSON || arguments.value("format") == "json" {
            try store.scan(view, keys: keys, limit: limit) { batch in
                for row in 0..<batch.rowCount { terminal.print(try JSONLine.text(row, of: batch)) }
                return terminal.outputFailure == nil
            }
        } else if !terminal.isQuiet {
            // Its first line, the header, is not printed where nothing can be scanned.
            var begun: CSVWriter?
            func writer() throws -> CSVWriter {
                if let begun { return begun }
                let writer = try CSVWriter(fields: fields) { bytes in
                    terminal.print(String(decoding: bytes.dropLast(), as: UTF8.self))
                }
                begun = writer
                return writer
            }
            try store.scan(view, keys: keys, limit: limit) { batch in
                try writer().write(batch)
                return terminal.outputFailure == nil
            }
            _ = try writer()
        }
        terminal.flush()
    }

    private struct Written: Encodable {
        let path: String
        let rows: Int
        let bytes: Int
    }

    private static func keys(_ words: [String], of view: String, in definitions: Definitions) throws -> [String: Value]
    {
        let joinKeys = definitions.featureView(named: view).map(definitions.joinKeys(of:)) ?? []
        var keys: [String: Value] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw UsageError(description: "'\(word)' is no key=value") }
            guard let key = joinKeys.first(where: { $0.name == parts[0] }) else {
                let names = joinKeys.map(\.name)
                throw StoreError.badRequest(
                    "'\(parts[0])' is no join key of \(view)\(Spelling.suggestion(for: parts[0], in: names)); "
                        + "the keys are \(names.joined(separator: ", "))")
            }
            guard let value = key.type.value(parsing: parts[1]) else {
                throw StoreError.badRequest("'\(parts[1])' does not fit the join key \(key.name) of type \(key.type)")
            }
            if keys.updateValue(value, forKey: key.name) != nil {
                throw UsageError(description: "the key '\(key.name)' is given twice")
            }
        }
        return keys
    }
}
