import Columnar

/// Finds out what on-demand features read, at any depth.
final class OnDemandResolution {
    private let definitions: Definitions
    private let expressions: OnDemandExpressions
    private var compiled: [FeatureReference: OnDemandExpressions.Compiled] = [:]
    private var order = OnDemandOrder()

    init(_ definitions: Definitions) {
        self.definitions = definitions
        expressions = OnDemandExpressions(definitions)
    }

    /// Adds a feature of an on-demand view.
    ///
    /// - Throws: `ResolutionError` if it cannot be computed; definitions that were checked have none of those.
    func add(_ reference: FeatureReference) throws(ResolutionError) {
        let circle = try order.add(reference) { (reference) throws(ResolutionError) in
            let found = try compile(reference)
            compiled[reference] = found
            return found.reads.filter { definitions.onDemandView(named: $0.view) != nil }
        }
        if let circle { throw ResolutionError(circle.description) }
    }

    private func compile(_ reference: FeatureReference) throws(ResolutionError) -> OnDemandExpressions.Compiled {
        guard let view = definitions.onDemandView(named: reference.view),
            let feature = view.features.first(where: { $0.name == reference.feature })
        else { throw ResolutionError("there is no feature '\(reference)'") }
        do throws(ExpressionError) {
            return try expressions.compiled(feature, of: view)
        } catch {
            throw ResolutionError("'\(reference)', \(error)")
        }
    }

    /// What the features read of stored views, in the order of computing.
    var reads: [FeatureReference] {
        order.features.flatMap { compiled[$0]?.reads ?? [] }.filter { definitions.onDemandView(named: $0.view) == nil }
    }

    /// The request fields that the features read, each once, in the order of their declaration.
    ///
    /// - Throws: `ResolutionError` for fields of one name whose types differ.
    func requestFields() throws(ResolutionError) -> [RequestField] {
        let read = Set(
            order.features.flatMap { reference in
                (compiled[reference]?.inputs ?? []).compactMap { input -> FeatureReference? in
                    guard case .request(let field) = input else { return nil }
                    return FeatureReference(view: reference.view, feature: field.name)
                }
            })
        var fields: [(field: RequestField, view: String)] = []
        for view in definitions.onDemandViews {
            for field in view.request where read.contains(FeatureReference(view: view.name, feature: field.name)) {
                guard let other = fields.first(where: { $0.field.name == field.name }) else {
                    fields.append((field, view.name))
                    continue
                }
                guard other.field.type == field.type else {
                    throw ResolutionError(
                        "request field '\(field.name)' is \(other.field.type) in view '\(other.view)' but \(field.type) in "
                            + "view '\(view.name)': give both one type")
                }
            }
        }
        return fields.map(\.field)
    }

    /// The features to compute, with the places of what they read.
    func plan(requestFields: [RequestField], readPlaces: [FeatureReference: Int]) -> OnDemandPlan {
        var steps: [OnDemandPlan.Step] = []
        var places: [FeatureReference: Int] = [:]
        for reference in order.features {
            guard let found = compiled[reference],
                let type = definitions.onDemandView(named: reference.view)?.features
                    .first(where: { $0.name == reference.feature })?.type
            else { preconditionFailure("'\(reference)' was not compiled") }
            let inputs = found.inputs.map { input -> OnDemandPlan.Source in
                switch input {
                case .now: return .now
                case .request(let field):
                    if let place = requestFields.firstIndex(where: { $0.name == field.name }) { return .request(place) }
                case .feature(let read):
                    if let place = places[read] { return .computed(place) }
                    if let place = readPlaces[read] { return .read(place) }
                }
                preconditionFailure("'\(reference)' reads what is not there")
            }
            places[reference] = steps.count
            steps.append(
                OnDemandPlan.Step(reference: reference, type: type, expression: found.expression, inputs: inputs))
        }
        return OnDemandPlan(steps: steps)
    }
}
