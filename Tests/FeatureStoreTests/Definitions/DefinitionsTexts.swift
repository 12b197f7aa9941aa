import FeatureStore
import Foundation

/// Definitions that are right, for tests to spoil.
enum DefinitionsTexts {
    static let valid = """
        entities:
          driver:
            description: A driver of the fleet.
            join_keys: {driver_id: int64}
          city:
            join_keys: {city: string}

        sources:
          driver_hourly:
            path: data/driver_hourly/*.parquet
            timestamp: event_timestamp
            created: created
            field_mapping: {convRate: conv_rate}
          cities:
            path: data/cities.csv

        feature_views:
          driver_stats:
            entities: [driver]
            source: driver_hourly
            ttl: 7d
            owner: fleet-ml
            tags: {tier: gold}
            features:
              conv_rate: float32
              home: {type: string, description: Home city., tags: {pii: "no"}}
              embedding: float32[64]
          city_facts:
            entities: [city]
            source: cities
            features:
              population: int64

        feature_services:
          eta_v1:
            features: ["driver_stats:conv_rate", "driver_stats:home", "city_facts:*"]
        """

    static func definitions() throws -> Definitions {
        try DefinitionsReader.read(texts: [("features/a.yaml", valid)])
    }

    /// What reading `text` complains of; empty if it does not.
    static func mistakes(_ text: String) throws -> [String] {
        do {
            _ = try DefinitionsReader.read(texts: [("a.yaml", text)])
            return []
        } catch let errors as DefinitionErrors {
            return errors.errors.map(\.description)
        }
    }

    /// What the valid text complains of when `old` is replaced by `new` in it.
    static func mistakes(replacing old: String, with new: String) throws -> [String] {
        try mistakes(valid.replacingOccurrences(of: old, with: new))
    }
}
