import Columnar
import FeatureStore

extension Command {
    static let evaluate = Command(
        name: "eval", summary: "Computes an expression for values, or for the rows of a file.",
        discussion: """
            Expressions make features ('expression' in a feature's definition) and choose rows (training-set --where). What
            each function does, and what becomes of nulls, is told by --functions and in docs/reference/expressions.md.

            A value is read as a number, true, false, null, a time, a vector such as [1,2,3], or else a text; write 'text'
            in quotes to have one in any case.
            """,
        arguments: [
            Argument(name: "EXPR", help: "The expression; or --functions.", count: .optional),
            Argument(
                name: "NAME=VALUE", help: "Values of the names in it. 'now' is this moment unless it is given.",
                count: .any),
        ],
        options: [
            Option(
                name: "from", kind: .value("FILE"), help: "Parquet or CSV: compute it for each row.", completion: .file),
            Option(name: "limit", kind: .value("N"), help: "Rows of --from to show. Default: 10."),
            Option(name: "functions", help: "List all functions and operators."),
        ],
        examples: [
            ("fstore eval 'fare / max(distance_km, 0.1)' fare=12.5 distance_km=4", "one value"),
            ("fstore eval \"hour(now, 'Europe/Berlin')\"", "the hour in Berlin"),
            ("fstore eval 'weekday(event_timestamp)' --from trips.parquet", "for the first rows of a file"),
        ]
    ) { arguments, terminal in
        if arguments.flag("functions") { return try listFunctions(on: terminal) }
        guard let text = arguments.positional.first else { throw UsageError(description: "EXPR is missing") }
        let given = Array(arguments.positional.dropFirst())
        if let path = arguments.value("from") {
            if let word = given.first {
                throw UsageError(description: "with --from values come from the file; leave \(word) out")
            }
            let limit =
                try arguments.value("limit", "a number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 10
            return try evaluate(text, over: path, limit: limit, on: terminal)
        }
        try evaluate(text, values: try values(given), on: terminal)
    }

    // MARK: - Single values

    private static func values(_ words: [String]) throws -> [String: Value] {
        var values = ["now": Value.timestamp(.now)]
        var seen: Set<String> = []
        for word in words {
            guard let mark = word.firstIndex(of: "=") else {
                throw UsageError(description: "'\(word)' is no name=value")
            }
            let name = String(word[..<mark])
            guard seen.insert(name).inserted else { throw UsageError(description: "'\(name)' is given twice") }
            values[name] = value(String(word[word.index(after: mark)...]))
        }
        return values
    }

    private static func value(_ text: String) -> Value {
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        if let number = Int64(text) { return .int(number) }
        if let number = Double(text) { return .float64(number) }
        if let time = Timestamp(parsing: text) { return .timestamp(time) }
        if text.count >= 2, let quote = text.first, quote == text.last, quote == "'" || quote == "\"" {
            return .string(String(text.dropFirst().dropLast()))
        }
        if text.first == "[", text.last == "]" {
            let elements = text.dropFirst().dropLast().split(separator: ",").map { Float($0.filter { $0 != " " }) }
            if !elements.isEmpty, !elements.contains(nil) {
                return .list(elements.compactMap { $0.map(Value.float32) })
            }
        }
        return .string(text)
    }

    private static func evaluate(_ text: String, values: [String: Value], on terminal: Terminal) throws {
        let types = values.mapValues { value -> ExpressionType in
            switch value {
            case .bool: .bool
            case .int: .integer
            case .float64: .float
            case .timestamp: .timestamp
            case .list(let elements): .vector(count: elements.count)
            case .null: .null
            default: .string
            }
        }
        let expression = try compiled(text, ExpressionNames(types, subject: "given: add NAME=VALUE"))
        let row = ExpressionRow(expression)
        let result = row.evaluate(expression.inputs.map { values[$0.name] ?? .null }) ?? .null
        terminal.say("\(shown(result, expression.type))  (\(expression.type))")
        try terminal.printJSON(Evaluation(value: JSONValue(result), type: expression.type.description))
    }

    private static func compiled(_ text: String, _ names: ExpressionNames) throws -> Expression {
        do throws(ExpressionError) {
            return try Expression(text, names: names)
        } catch {
            throw StoreError.badRequest("\(text)\n\(String(repeating: " ", count: error.offset))^ \(error.message)")
        }
    }

    private static func shown(_ value: Value, _ type: ExpressionType) -> String {
        if value == .null { return "–" }
        guard case .int(let microseconds) = value, type == .duration else { return value.description }
        return microseconds % 1_000_000 == 0
            ? TimeSpan(microseconds: microseconds).description : "\(Double(microseconds) / 1_000_000)s"
    }

    private struct Evaluation: Encodable {
        var value: JSONValue
        var type: String
    }

    // MARK: - Files

    private static func evaluate(_ text: String, over path: String, limit: Int, on terminal: Terminal) throws {
        let table = try TableFile.head(of: path, rows: limit).table
        let expression = try compiled(text, ExpressionNames(columnsOf: table.fields))
        let column = expression.evaluate(over: table)
        var lines = TextTable(expression.inputs.map(\.name) + ["value"])
        for row in 0..<table.rowCount {
            lines.add(
                expression.inputs.map { input in
                    table.column(input.name).map { shown($0.value(at: row), input.type) } ?? "–"
                } + [shown(column.value(at: row), expression.type)])
        }
        for line in lines.lines(maximumCell: 40) { terminal.say(line) }
        try terminal.printJSON((0..<table.rowCount).map { JSONValue(column.value(at: $0)) })
    }

    // MARK: - The reference

    private struct ListedFunction: Encodable {
        var group: String
        var usage: String
        var summary: String
    }

    private static func listFunctions(on terminal: Terminal) throws {
        var listed: [ListedFunction] = []
        for group in ExpressionFunctions.groups {
            var table = TextTable([group.title, ""])
            for function in group.functions {
                table.add([function.usage, function.summary])
                listed.append(ListedFunction(group: group.title, usage: function.usage, summary: function.summary))
            }
            for line in table.lines(width: terminal.width) { terminal.say(line) }
            terminal.say("")
        }
        try terminal.printJSON(listed)
    }
}
