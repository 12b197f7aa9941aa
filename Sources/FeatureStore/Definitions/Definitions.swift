/// Everything that a project declares, in the order of declaration, names unique within each kind.
public struct Definitions: Hashable, Sendable, Codable {
    public var entities: [Entity]
    public var sources: [Source]
    public var featureViews: [FeatureView]
    public var onDemandViews: [OnDemandView] {
        get { declaredOnDemandViews ?? [] }
        set { declaredOnDemandViews = newValue.isEmpty ? nil : newValue }
    }
    /// Not there in definitions that were applied before there were such views.
    private var declaredOnDemandViews: [OnDemandView]?
    public var featureServices: [FeatureService]

    private enum CodingKeys: String, CodingKey {
        case entities, sources, featureViews
        case declaredOnDemandViews = "onDemandViews"
        case featureServices
    }

    public init(
        entities: [Entity] = [], sources: [Source] = [], featureViews: [FeatureView] = [],
        onDemandViews: [OnDemandView] = [], featureServices: [FeatureService] = []
    ) {
        self.entities = entities
        self.sources = sources
        self.featureViews = featureViews
        self.featureServices = featureServices
        self.onDemandViews = onDemandViews
    }

    public func entity(named name: String) -> Entity? { entities.first { $0.name == name } }
    public func source(named name: String) -> Source? { sources.first { $0.name == name } }
    public func featureView(named name: String) -> FeatureView? { featureViews.first { $0.name == name } }
    public func onDemandView(named name: String) -> OnDemandView? { onDemandViews.first { $0.name == name } }
    public func featureService(named name: String) -> FeatureService? { featureServices.first { $0.name == name } }

    /// The view that references call `name`.
    public func servedView(named name: String) -> ServedView? {
        featureView(named: name).map(ServedView.stored) ?? onDemandView(named: name).map(ServedView.onDemand)
    }

    /// The names of all views that a service may read.
    public var viewNames: [String] { featureViews.map(\.name) + onDemandViews.map(\.name) }

    /// The columns that identify a row of `view`: its entities' join keys, in order.
    public func joinKeys(of view: FeatureView) -> [JoinKey] {
        view.entities.flatMap { entity(named: $0)?.joinKeys ?? [] }
    }
}
