import Columnar

/// Compiles the features of on-demand views: what their expressions may refer to, and what they then read.
final class OnDemandExpressions {
    /// What an on-demand feature is computed from.
    enum Input: Hashable, Sendable {
        case request(RequestField)
        /// A feature of any view, on-demand ones too.
        case feature(FeatureReference)
        /// The time of the row, or of the read.
        case now
    }

    /// An expression with what its inputs mean, in their order.
    struct Compiled: Sendable {
        let expression: Expression
        let inputs: [Input]

        /// The features that it reads.
        var reads: [FeatureReference] {
            inputs.compactMap { if case .feature(let reference) = $0 { reference } else { nil } }
        }
    }

    /// The features of all views as `view:feature`.
    private var types: [String: ExpressionType] = [:]
    /// What could be meant by a name that stands alone, and how it is written.
    private var hints: [String: String] = [:]

    init(_ definitions: Definitions) {
        for entity in definitions.entities {
            for key in entity.joinKeys {
                hints[key.name] =
                    "is a join key of entity '\(entity.name)': to compute with it, put '\(key.name): \(key.type)' under "
                    + "'request'"
            }
        }
        let views = definitions.featureViews.map(ServedView.stored) + definitions.onDemandViews.map(ServedView.onDemand)
        for view in views {
            for feature in view.features {
                let reference = FeatureReference(view: view.name, feature: feature.name).description
                if types[reference] == nil { types[reference] = ExpressionType(feature.type) }
                hints[feature.name] = "is a feature of '\(view.name)': write \(reference)"
            }
        }
    }

    /// By view.
    private var names: [String: ExpressionNames] = [:]

    private func names(of view: OnDemandView) -> ExpressionNames {
        if let known = names[view.name] { return known }
        var types = types
        for feature in view.features { types[feature.name] = ExpressionType(feature.type) }
        for field in view.request { types[field.name] = ExpressionType(field.type) }
        types[ExpressionNames.now] = .timestamp
        let made = ExpressionNames(
            types,
            subject:
                "a request field or feature of '\(view.name)', and features of other views are written view:feature",
            refused: hints)
        names[view.name] = made
        return made
    }

    /// The compiled feature; one without an expression is the request field of its name.
    func compiled(_ feature: Feature, of view: OnDemandView) throws(ExpressionError) -> Compiled {
        let expression = try Expression(
            feature.expression ?? "`\(feature.name)`", names: names(of: view), result: feature.type)
        return Compiled(
            expression: expression,
            inputs: expression.inputs.map { input in
                if let field = view.request.first(where: { $0.name == input.name }) { return .request(field) }
                if input.name == ExpressionNames.now { return .now }
                return .feature(
                    FeatureReference(input.name) ?? FeatureReference(view: view.name, feature: input.name))
            })
    }
}
