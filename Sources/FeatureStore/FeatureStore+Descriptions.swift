import Columnar
import Foundation

/// A feature view with what the store holds of it.
public struct ViewDescription: Hashable, Sendable, Codable {
    public struct FeatureDescription: Hashable, Sendable, Codable {
        public var name: String
        public var type: FeatureType
        public var description: String?
        public var tags: [String: String]
        /// The formula by which it is computed when rows come in.
        public var expression: String?
        /// How it is computed from events.
        public var aggregate: AggregateFeature?
    }

    /// What a view of aggregates stores of an event, and how windows begin.
    public struct Events: Hashable, Sendable, Codable {
        /// The length of the tiles that windows begin with; nil where they begin exactly.
        public var hop: TimeSpan?
        public var columns: [FeatureDescription]
    }

    public struct History: Hashable, Sendable, Codable {
        public var rows: Int
        /// Rows of them that were pushed and are in no segment yet.
        public var hotRows: Int
        public var bytes: Int
        public var segments: Int
        /// Oldest and newest event time in segments, RFC 3339; nil for a timeless or empty view.
        public var from: String?
        public var to: String?
        /// When rows were last ingested.
        public var ingested: String?
    }

    public struct Online: Hashable, Sendable, Codable {
        public var keys: Int
        /// When it was last materialized.
        public var materialized: String?
        /// Whether all of the history has been materialized.
        public var isUpToDate: Bool
    }

    /// Up to where a partition of a stream of pushes was taken.
    public struct Stream: Hashable, Sendable, Codable {
        public var stream: String
        public var partition: String
        public var position: Int64
        public var rows: Int
        public var moved: String
    }

    public var name: String
    public var description: String?
    public var entities: [String]
    public var joinKeys: [JoinKey]
    public var source: Source
    public var ttl: TimeSpan?
    public var available: Availability
    public var owner: String?
    public var tags: [String: String]
    public var features: [FeatureDescription]
    /// What is stored where the features are aggregates; nil where it is the features.
    public var events: Events?
    /// The feature services that read it, also by way of on-demand features.
    public var services: [String]
    /// The on-demand views with features that are computed from its own.
    public var onDemandViews: [String]
    public var history: History
    public var online: Online
    /// Nil if no stream was ever pushed.
    public var streams: [Stream]?
}

/// A feature service with what it reads.
public struct ServiceDescription: Hashable, Sendable, Codable {
    public struct ServedFeature: Hashable, Sendable, Codable {
        public var feature: String
        public var type: FeatureType
        public var description: String?
    }

    public var name: String
    public var description: String?
    public var owner: String?
    public var tags: [String: String]
    /// The keys a reader must give.
    public var joinKeys: [JoinKey]
    /// What it must give beside them.
    public var request: [RequestField]
    /// The views that are read, also those that only on-demand features read.
    public var views: [String]
    public var features: [ServedFeature]
}

/// An entity with the views that describe it.
public struct EntityDescription: Hashable, Sendable, Codable {
    public var name: String
    public var description: String?
    public var joinKeys: [JoinKey]
    public var owner: String?
    public var tags: [String: String]
    public var views: [String]
}

extension FeatureStore {
    /// What is known of a view, definition, history and online values.
    public func describeView(_ view: FeatureView, in definitions: Definitions) throws -> ViewDescription {
        let (segments, hot) = try catalog.database.reading {
            (try catalog.segments(of: view.name), try catalog.hotLogSize(of: view.name))
        }
        let ranges = segments.compactMap(\.timeRange)
        let runs = try catalog.lastRuns(of: view.name)
        let online = try onlineState(of: view.name)
        let streams = try catalog.streams(of: view.name).map {
            ViewDescription.Stream(
                stream: $0.stream, partition: $0.partition, position: $0.position, rows: $0.rows,
                moved: $0.moved.description)
        }
        return ViewDescription(
            name: view.name, description: view.description, entities: view.entities,
            joinKeys: definitions.joinKeys(of: view),
            source: definitions.source(named: view.source) ?? Source(name: view.source, path: "", timestamp: nil),
            ttl: view.ttl, available: view.availability, owner: view.owner, tags: view.tags,
            features: view.features.enumerated().map { index, feature in
                .init(feature, view.aggregation?.features[index])
            },
            events: view.aggregation.map { .init(hop: $0.hop, columns: $0.columns.map { .init($0) }) },
            services: definitions.services(reading: view.name),
            onDemandViews: definitions.onDemandViews(reading: view.name),
            history: .init(
                rows: segments.reduce(0) { $0 + $1.rows } + hot.rows, hotRows: hot.rows,
                bytes: segments.reduce(0) { $0 + $1.bytes } + hot.bytes, segments: segments.count,
                from: ranges.map(\.lowerBound).min()?.description,
                to: ranges.map(\.upperBound).max()?.description,
                ingested: runs.first { $0.verb == "ingest" }?.ended.description),
            online: .init(
                keys: online.keys, materialized: runs.first { $0.verb == "materialize" }?.ended.description,
                isUpToDate: online.isUpToDate),
            streams: streams.isEmpty ? nil : streams)
    }

    public func describeService(_ service: FeatureService, in definitions: Definitions) throws -> ServiceDescription {
        let resolved = try ResolvedService(service: service, in: definitions, fullNames: true)
        return ServiceDescription(
            name: service.name, description: service.description, owner: service.owner, tags: service.tags,
            joinKeys: resolved.joinKeys(in: definitions), request: resolved.requestFields,
            views: resolved.views.map(\.name),
            features: resolved.features.map {
                .init(
                    feature: $0.reference.description, type: $0.feature.type, description: $0.feature.description)
            })
    }

    public func describeEntity(_ entity: Entity, in definitions: Definitions) -> EntityDescription {
        EntityDescription(
            name: entity.name, description: entity.description, joinKeys: entity.joinKeys, owner: entity.owner,
            tags: entity.tags,
            views: definitions.featureViews.filter { $0.entities.contains(entity.name) }.map(\.name))
    }
}

extension ViewDescription.FeatureDescription {
    init(_ feature: Feature, _ aggregate: AggregateFeature? = nil) {
        self.init(
            name: feature.name, type: feature.type, description: feature.description, tags: feature.tags,
            expression: feature.expression, aggregate: aggregate)
    }
}

extension ResolvedService {
    /// The join keys of all its views, each once, in first-asked order.
    public func joinKeys(in definitions: Definitions) -> [JoinKey] {
        var keys: [JoinKey] = []
        for view in views {
            for key in definitions.joinKeys(of: view) where !keys.contains(key) { keys.append(key) }
        }
        return keys
    }
}
