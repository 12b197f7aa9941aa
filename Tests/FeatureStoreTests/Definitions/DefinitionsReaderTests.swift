import FeatureStore
import Foundation
import Testing

@Suite struct DefinitionsReaderTests {
    @Test func everyPartOfAValidFileIsRead() throws {
        let definitions = try DefinitionsTexts.definitions()
        #expect(definitions.entities.map(\.name) == ["driver", "city"])
        #expect(definitions.entities[0].joinKeys == [JoinKey("driver_id", .int64)])
        let source = Source(
            name: "driver_hourly", path: "data/driver_hourly/*.parquet", timestamp: "event_timestamp",
            created: "created", fieldMapping: ["convRate": "conv_rate"])
        #expect(definitions.source(named: "driver_hourly") == source)
        let view = FeatureView(
            name: "driver_stats", entities: ["driver"], source: "driver_hourly", ttl: TimeSpan("7d"),
            availability: .created, owner: "fleet-ml", tags: ["tier": "gold"],
            features: [
                Feature("conv_rate", .float32),
                Feature("home", .string, description: "Home city.", tags: ["pii": "no"]),
                Feature("embedding", .vector(count: 64)),
            ])
        #expect(definitions.featureView(named: "driver_stats") == view)
        #expect(
            definitions.featureServices[0].features.map(\.description)
                == ["driver_stats:conv_rate", "driver_stats:home", "city_facts:*"])
    }

    @Test func aViewOfASourceWithoutCreatedIsAvailableAtItsEvents() throws {
        #expect(try DefinitionsTexts.definitions().featureView(named: "city_facts")?.availability == .event)
    }

    @Test func filesTogetherMakeOneSet() throws {
        let parts = DefinitionsTexts.valid.components(separatedBy: "\n\n").enumerated()
        let texts = parts.map { (file: "\($0.offset).yaml", text: $0.element) }
        #expect(texts.count == 4)
        #expect(try DefinitionsReader.read(texts: texts) == DefinitionsTexts.definitions())
        #expect(
            try DefinitionsReader.read(texts: [("empty.yaml", ""), ("comment.yaml", "# later\n")]) == Definitions())
    }

    @Test func aMissingFileIsNamed() throws {
        let error = #expect(throws: DefinitionErrors.self) {
            try DefinitionsReader.read(files: ["features/none.yaml"], root: "/nowhere")
        }
        #expect(error?.description == "features/none.yaml: the file cannot be opened: No such file or directory")
    }
}
