import Columnar

/// An on-demand view with what it computes, from what.
public struct OnDemandViewDescription: Hashable, Sendable, Codable {
    public struct FeatureDescription: Hashable, Sendable, Codable {
        public var name: String
        public var type: FeatureType
        public var description: String?
        public var tags: [String: String]
        /// The formula by which it is computed; nil for a request field that is passed through.
        public var expression: String?
        /// The features that it reads, as `view:feature`.
        public var reads: [String]
    }

    public var name: String
    public var description: String?
    /// What a request gives.
    public var request: [RequestField]
    /// The keys of the stored views that it reads.
    public var joinKeys: [JoinKey]
    /// The stored views that it reads, also by way of other on-demand views.
    public var views: [String]
    public var owner: String?
    public var tags: [String: String]
    public var features: [FeatureDescription]
    /// The feature services that read it, also by way of other on-demand views.
    public var services: [String]
}

extension FeatureStore {
    /// What is known of an on-demand view.
    public func describeOnDemandView(
        _ view: OnDemandView, in definitions: Definitions
    ) throws -> OnDemandViewDescription {
        let all = try ResolvedService(
            references: [FeatureReference(view: view.name, feature: nil)], in: definitions, fullNames: true)
        return OnDemandViewDescription(
            name: view.name, description: view.description, request: view.request,
            joinKeys: all.joinKeys(in: definitions), views: all.views.map(\.name), owner: view.owner, tags: view.tags,
            features: view.features.map { feature in
                let reads = all.reads(of: FeatureReference(view: view.name, feature: feature.name))
                return .init(
                    name: feature.name, type: feature.type, description: feature.description, tags: feature.tags,
                    expression: feature.expression, reads: reads.map(\.description))
            }, services: definitions.services(reading: view.name))
    }
}

extension ResolvedService {
    /// The features that an on-demand feature reads itself.
    fileprivate func reads(of reference: FeatureReference) -> [FeatureReference] {
        guard let step = computation.steps.first(where: { $0.reference == reference }) else { return [] }
        return step.inputs.compactMap { input in
            switch input {
            case .read(let place): readFeatures[place].reference
            case .computed(let place): computation.steps[place].reference
            case .request, .now: nil
            }
        }
    }

    /// The views whose features it gives, or computes with.
    fileprivate var allViews: Set<String> {
        Set(views.map(\.name) + computation.steps.map(\.reference.view) + features.map(\.view.name))
    }
}

extension Definitions {
    /// The names of the services that read a view, also by way of on-demand features.
    func services(reading view: String) -> [String] {
        featureServices.filter { service in
            if service.features.contains(where: { $0.view == view }) { return true }
            guard service.features.contains(where: { onDemandView(named: $0.view) != nil }) else { return false }
            let resolved = try? ResolvedService(service: service, in: self, fullNames: true)
            return resolved?.allViews.contains(view) ?? false
        }.map(\.name)
    }

    /// The names of the on-demand views that read features of a view, also by way of others.
    func onDemandViews(reading view: String) -> [String] {
        onDemandViews.filter { onDemand in
            let all = [FeatureReference(view: onDemand.name, feature: nil)]
            let resolved = try? ResolvedService(references: all, in: self, fullNames: true)
            return onDemand.name != view && resolved?.allViews.contains(view) ?? false
        }.map(\.name)
    }
}
