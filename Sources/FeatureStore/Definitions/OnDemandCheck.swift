import Columnar

/// Checks on-demand views against what they refer to.
struct OnDemandCheck {
    private let views: [Declaration<OnDemandView>]
    /// What was declared, right or not.
    private let definitions: Definitions
    /// Views of which something could not be read: what refers to them cannot be judged.
    private let unsoundViews: Set<String>
    private let log: MistakeLog
    private let expressions: OnDemandExpressions

    init(
        _ views: [Declaration<OnDemandView>], in definitions: Definitions, unsoundViews: Set<String>, log: MistakeLog
    ) {
        self.views = views
        self.definitions = definitions
        self.unsoundViews = unsoundViews
        self.log = log
        expressions = OnDemandExpressions(definitions)
    }

    func run() {
        var reads: [FeatureReference: [FeatureReference]] = [:]
        for view in views {
            checkNames(of: view)
            guard view.isSound else { continue }
            for (index, feature) in view.model.features.enumerated() {
                guard let compiled = check(feature, at: view.place(of: "features", item: index), of: view) else {
                    continue
                }
                reads[FeatureReference(view: view.model.name, feature: feature.name)] = compiled.reads
            }
        }
        checkCircles(reads)
    }

    private func checkNames(of view: Declaration<OnDemandView>) {
        for (index, field) in view.model.request.enumerated() {
            if let reason = Self.refusal(of: field.name) {
                log.report(
                    "a request field cannot be called '\(field.name)': \(reason)",
                    at: view.place(of: "request", item: index))
            }
        }
        for (index, feature) in view.model.features.enumerated() {
            let place = view.place(of: "features", item: index)
            if let reason = Self.refusal(of: feature.name) {
                log.report("an on-demand feature cannot be called '\(feature.name)': \(reason)", at: place)
            }
            if feature.expression != nil, view.model.request.contains(where: { $0.name == feature.name }) {
                log.report(
                    "feature '\(feature.name)' has the name of a request field, which it would hide: rename it",
                    at: place)
            }
        }
    }

    private static func refusal(of name: String) -> String? {
        if name == ExpressionNames.now { return "this is the time of the row or of the request in every expression" }
        guard Source.reservedColumns.contains(name) else { return nil }
        return "history and entity rows have a column of this name; expressions read the row's time as 'now'"
    }

    /// The feature compiled; nil, and perhaps reported, if it cannot be.
    private func check(
        _ feature: Feature, at place: Place, of view: Declaration<OnDemandView>
    ) -> OnDemandExpressions.Compiled? {
        guard let text = feature.expression else {
            guard let field = view.model.request.first(where: { $0.name == feature.name }) else {
                let names = view.model.request.map(\.name)
                log.report(
                    "feature '\(feature.name)' needs an 'expression', or to be under 'request' too"
                        + Spelling.suggestion(for: feature.name, in: names), at: place)
                return nil
            }
            guard field.type == feature.type else {
                log.report(
                    "feature '\(feature.name)' is \(feature.type), but the request field that it passes through is "
                        + "\(field.type): give both one type", at: place)
                return nil
            }
            return try? expressions.compiled(feature, of: view.model)
        }
        do throws(ExpressionError) {
            return try expressions.compiled(feature, of: view.model)
        } catch {
            guard !readsUnsoundView(text) else { return nil }
            view.report(error, of: feature, text, otherwiseAt: place, to: log)
            return nil
        }
    }

    private func readsUnsoundView(_ text: String) -> Bool {
        guard let syntax = try? ExpressionParser.parse(text) else { return false }
        return syntax.names.contains { name in
            FeatureReference(name).map { unsoundViews.contains($0.view) } ?? false
        }
    }

    private func checkCircles(_ reads: [FeatureReference: [FeatureReference]]) {
        var reported: Set<Set<FeatureReference>> = []
        // What is placed once need not be looked at again, as long as there is no circle.
        var order = OnDemandOrder()
        for view in views {
            for (index, feature) in view.model.features.enumerated() {
                let reference = FeatureReference(view: view.model.name, feature: feature.name)
                guard let circle = order.add(reference, reads: { reads[$0] ?? [] }) else { continue }
                order = OnDemandOrder()
                guard circle.features.contains(reference), reported.insert(Set(circle.features)).inserted
                else { continue }
                log.report(circle.description, at: view.place(of: "features", item: index))
            }
        }
    }
}

extension ExpressionSyntax {
    /// All names that it mentions.
    fileprivate var names: [String] {
        switch kind {
        case .constant: []
        case .name(let name): [name]
        case .call(_, let arguments): arguments.flatMap(\.names)
        }
    }
}
