import Columnar

extension ExpressionNames {
    /// The columns of a table, each in the type in which expressions read it.
    package init(columnsOf fields: [Field]) {
        var types: [String: ExpressionType] = [:]
        var refused: [String: String] = [:]
        for field in fields where types[field.name] == nil {
            if let type = ExpressionType(reading: field.type) {
                types[field.name] = type
            } else {
                refused[field.name] = "is a column of type \(field.type), which expressions do not read"
            }
        }
        self.init(types, subject: "a column", refused: refused)
    }
}

extension Expression {
    /// The value for each row of `table`, whose columns are the expression's names.
    ///
    /// - Returns: a column of `type`, or of the type that holds the expression's values; durations are microseconds.
    package func evaluate(over table: Table, as type: FeatureType? = nil) -> Column {
        let columns = inputs.map { input in
            guard let column = table.column(input.name) else { preconditionFailure("no column '\(input.name)'") }
            return column
        }
        let own = self.type.featureType ?? (self.type == .duration ? .int64 : .bool)
        return evaluate(over: columns, rowCount: table.rowCount, as: type ?? own)
    }
}
