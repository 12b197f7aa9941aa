import Columnar

extension ServiceReader {
    /// The inputs in a table that has a column named as each, in the order and the types that reads take.
    ///
    /// - Throws: `DataError` if one is missing, a column is none of them, or a value does not fit its type.
    public func columns(in table: Table, origin: String) throws(DataError) -> [Column] {
        let names = inputs.map(\.name)
        for field in table.fields where !names.contains(field.name) {
            throw DataError("'\(field.name)' is \(unknownInput(field.name))", file: origin)
        }
        var columns: [Column] = []
        for (place, input) in inputs.enumerated() {
            guard let column = table.column(input.name) else {
                throw DataError("\(title(ofInput: place)) is missing", file: origin)
            }
            if place < joinKeys.count {
                columns.append(try joinKeys[place].typed(column, origin: origin))
            } else {
                columns.append(try input.typed(column, origin: origin))
            }
        }
        return columns
    }

    /// `the join key 'driver_id' (int64)`, or a request field likewise, for messages.
    private func title(ofInput place: Int) -> String {
        "the \(place < joinKeys.count ? "join key" : "request field") '\(inputs[place].name)' (\(inputs[place].type))"
    }

    /// What to say of a name that is no input, after "'name' is ".
    public func unknownInput(_ name: String) -> String {
        let names = inputs.map(\.name)
        let keys = joinKeys.isEmpty ? "" : "; the keys are \(joinKeys.map(\.name).joined(separator: ", "))"
        let fields = names.dropFirst(joinKeys.count)
        guard !fields.isEmpty else { return "no join key\(Spelling.suggestion(for: name, in: names))\(keys)" }
        return "no join key or request field\(Spelling.suggestion(for: name, in: names))\(keys)"
            + "\(joinKeys.isEmpty ? ";" : ", and") the request fields \(joinKeys.isEmpty ? "are " : "")"
            + fields.joined(separator: ", ")
    }
}
