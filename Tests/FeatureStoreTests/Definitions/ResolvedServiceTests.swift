import FeatureStore
import Testing

@Suite struct ResolvedServiceTests {
    private func resolve(
        _ references: String..., in definitions: Definitions? = nil, fullNames: Bool = false
    ) throws -> ResolvedService {
        let references = try references.map { try #require(FeatureReference($0)) }
        let definitions = try definitions ?? DefinitionsTexts.definitions()
        return try ResolvedService(references: references, in: definitions, fullNames: fullNames)
    }

    /// Two views of drivers that share a feature's name, and one whose key has another type.
    private func clashing() throws -> Definitions {
        var definitions = try DefinitionsTexts.definitions()
        definitions.entities.append(Entity(name: "driver_text", joinKeys: [JoinKey("driver_id", .string)]))
        definitions.featureViews += [
            FeatureView(
                name: "driver_profile", entities: ["driver"], source: "cities", features: [Feature("home", .string)]),
            FeatureView(
                name: "by_text", entities: ["driver_text"], source: "cities", features: [Feature("age", .int32)]),
            FeatureView(
                name: "city_of_driver", entities: ["driver"], source: "cities", features: [Feature("city", .string)]),
        ]
        return definitions
    }

    @Test func featuresKeepTheOrderInWhichTheyAreAskedFor() throws {
        let service = try resolve("driver_stats:home", "city_facts:population", "driver_stats:conv_rate")
        #expect(service.views.map(\.name) == ["driver_stats", "city_facts"])
        #expect(service.features.map(\.outputName) == ["home", "population", "conv_rate"])
        #expect(service.features.map(\.view.name) == ["driver_stats", "city_facts", "driver_stats"])
        #expect(service.features.map(\.feature.type) == [.string, .int64, .float32])
    }

    @Test func aStarMeansAllFeaturesAsDeclared() throws {
        let service = try resolve("city_facts:*", "driver_stats:*", fullNames: true)
        #expect(
            service.features.map(\.outputName) == [
                "city_facts__population", "driver_stats__conv_rate", "driver_stats__home", "driver_stats__embedding",
            ])
    }

    @Test func aDeclaredServiceIsResolved() throws {
        let definitions = try DefinitionsTexts.definitions()
        let service = try ResolvedService(service: definitions.featureServices[0], in: definitions, fullNames: false)
        #expect(service.features.map(\.outputName) == ["conv_rate", "home", "population"])
    }

    @Test func aClashOfNamesIsRefusedAndFullNamesSolveIt() throws {
        let definitions = try clashing()
        let error = #expect(throws: ResolutionError.self) {
            try resolve("driver_stats:home", "driver_profile:*", in: definitions)
        }
        #expect(
            error?.description == "'driver_stats:home' and 'driver_profile:home' would both be column 'home': "
                + "ask for full names (--full-names)")
        let service = try resolve("driver_stats:home", "driver_profile:*", in: definitions, fullNames: true)
        #expect(service.features.map(\.outputName) == ["driver_stats__home", "driver_profile__home"])
    }

    @Test func aFeatureNamedLikeAnotherViewsJoinKeyIsRefused() throws {
        let error = #expect(throws: ResolutionError.self) {
            try resolve("city_of_driver:city", "city_facts:population", in: clashing())
        }
        #expect(
            error?.description == "'city_of_driver:city' would be a column of the same name as a join key: "
                + "ask for full names (--full-names)")
    }

    @Test func joinKeysOfOneNameAndTwoTypesAreRefused() throws {
        let error = #expect(throws: ResolutionError.self) {
            try resolve("driver_stats:home", "by_text:age", in: clashing())
        }
        #expect(
            error?.description == "join key 'driver_id' is string in view 'by_text' but int64 in view 'driver_stats': "
                + "ask for them separately")
    }

    @Test(arguments: [
        ("driver_stat:home", "unknown feature view 'driver_stat' (did you mean 'driver_stats'?)"),
        ("trips:*", "unknown feature view 'trips'"),
        ("driver_stats:hom", "feature view 'driver_stats' has no feature 'hom' (did you mean 'home'?)"),
        ("driver_stats:home", "'driver_stats:home' is asked for twice: remove one"),
        ("driver_stats:*", "'driver_stats:home' is asked for twice: remove one"),
    ])
    func anUnknownOrRepeatedFeatureIsRefused(_ reference: String, _ message: String) throws {
        let error = #expect(throws: ResolutionError.self) { try resolve("driver_stats:home", reference) }
        #expect(error?.description == message)
    }

    @Test func nothingAskedForIsRefused() throws {
        #expect(throws: ResolutionError.self) { try resolve() }
    }
}
