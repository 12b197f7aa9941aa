import Columnar
import FeatureStore

extension Command {
    static let show = Command(
        name: "show", summary: "Prints the columns and first rows of a Parquet or CSV file.",
        arguments: [Argument(name: "FILE", help: "Parquet or CSV.", completion: .file)],
        options: [
            Option(name: "rows", kind: .value("N"), help: "How many rows to print. Default: 10.")
        ]
    ) { arguments, terminal in
        let path = arguments.positional[0]
        let limit = try arguments.value("rows", "a number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 10
        let (head, total) = try TableFile.head(of: path, rows: limit)
        var table = TextTable(
            head.fields.map(\.name), numbers: Set(head.fields.indices.filter { head.fields[$0].type.isNumber }))
        table.add(head.fields.map(\.type.description))
        for row in 0..<head.rowCount {
            table.add(head.columns.map { $0.isNull(row) ? "–" : $0.value(at: row).description })
        }
        for line in table.lines(maximumCell: 24) { terminal.say(line) }
        terminal.say(
            "\(total.map { Quantities.count($0, "row") } ?? "rows not counted"), \(Quantities.count(head.fields.count, "column"))"
        )
        try terminal.printJSON(
            FileHead(
                columns: head.fields.map { .init(name: $0.name, type: $0.type.description) }, rowCount: total,
                rows: (0..<head.rowCount).map { row in
                    Dictionary(
                        zip(head.fields.map(\.name), head.columns.map { JSONValue($0.value(at: row)) }),
                        uniquingKeysWith: { first, _ in first })
                }))
    }

    private struct FileHead: Encodable {
        struct Column: Encodable { let name, type: String }
        let columns: [Column]
        let rowCount: Int?
        let rows: [[String: JSONValue]]
    }
}

extension DataType {
    fileprivate var isNumber: Bool {
        switch self {
        case .float16, .float32, .float64: true
        default: isInteger
        }
    }
}
