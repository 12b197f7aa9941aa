import Columnar

/// What the expression of a feature may refer to, and how it is compiled.
enum FeatureExpression {
    /// The values of a view's source by the names that the definitions call them: the view's join keys, its times, the
    /// features that are columns themselves, and the source's other declared columns.
    static func names(of view: FeatureView, source: Source, joinKeys: [JoinKey]) -> ExpressionNames {
        var types = source.columns
        for feature in view.storedFeatures where feature.expression == nil { types[feature.name] = feature.type }
        for key in joinKeys { types[key.name] = key.type }
        for time in [source.timestamp, source.created, source.validTo].compactMap({ $0 }) { types[time] = .timestamp }
        let derived = view.storedFeatures.filter { $0.expression != nil && types[$0.name] == nil }
        return ExpressionNames(
            types.mapValues(ExpressionType.init),
            subject: "a feature, key or time of '\(view.name)', nor among the 'columns' of source '\(source.name)'",
            refused: Dictionary(
                uniqueKeysWithValues: derived.map {
                    ($0.name, "is an expression itself, and expressions read what comes in: write it out here")
                }))
    }

    /// The compiled expression of `feature`; nil if it is a column of its source.
    static func compiled(
        _ feature: Feature, of view: FeatureView, source: Source, joinKeys: [JoinKey]
    ) throws(ExpressionError) -> Expression? {
        guard let text = feature.expression else { return nil }
        return try Expression(
            text, names: names(of: view, source: source, joinKeys: joinKeys), result: feature.type)
    }
}
