import Columnar

/// What the condition of an aggregate may refer to, and how it is compiled.
///
/// It depends on the event only: on the columns that are stored of it, its key and its times.
enum AggregateFilter {
    /// The values of an event by the names that the definitions call them. Columns that the source declares are stored once
    /// a condition reads them.
    static func names(
        of columns: [Feature], in view: FeatureView, source: Source, joinKeys: [JoinKey]
    ) -> ExpressionNames {
        var types = source.columns
        for column in columns { types[column.name] = column.type }
        for key in joinKeys { types[key.name] = key.type }
        for time in [source.timestamp, source.created].compactMap({ $0 }) { types[time] = .timestamp }
        return ExpressionNames(
            types.mapValues(ExpressionType.init),
            subject:
                "an event column, key or time of '\(view.name)', nor among the 'columns' of source '\(source.name)'",
            refused: [:])
    }

    /// - Throws: the first mistake; a condition must be true or false.
    static func compiled(_ text: String, names: ExpressionNames) throws(ExpressionError) -> Expression {
        let expression = try Expression(text, names: names)
        guard expression.type == .bool || expression.type == .null else {
            throw ExpressionError(
                "a condition must be true or false, and this is of type \(expression.type): compare it with something",
                at: 0)
        }
        return expression
    }
}
