/// Everything that a project declares, in the order of declaration, names unique within each kind.
public struct Definitions: Hashable, Sendable, Codable {
    public var entities: [Entity]
    public var sources: [Source]
    public var featureViews: [FeatureView]
    public var featureServices: [FeatureService]

    public init(
        entities: [Entity] = [], sources: [Source] = [], featureViews: [FeatureView] = [],
        featureServices: [FeatureService] = []
    ) {
        self.entities = entities
        self.sources = sources
        self.featureViews = featureViews
        self.featureServices = featureServices
    }

    public func entity(named name: String) -> Entity? { entities.first { $0.name == name } }
    public func source(named name: String) -> Source? { sources.first { $0.name == name } }
    public func featureView(named name: String) -> FeatureView? { featureViews.first { $0.name == name } }
    public func featureService(named name: String) -> FeatureService? { featureServices.first { $0.name == name } }

    /// The columns that identify a row of `view`: its entities' join keys, in order.
    public func joinKeys(of view: FeatureView) -> [JoinKey] {
        view.entities.flatMap { entity(named: $0)?.joinKeys ?? [] }
    }
}
