import FeatureStore
import Foundation
import Testing

@Suite struct DefinitionsPlanTests {
    /// The plan from the valid definitions to them with each pair's first text replaced by its second.
    private func plan(_ replacements: (String, String)..., stored: Set<String> = []) throws -> DefinitionsPlan {
        var text = DefinitionsTexts.valid
        for (old, new) in replacements {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        return DefinitionsPlan(
            from: try DefinitionsTexts.definitions(), to: try DefinitionsReader.read(texts: [("a.yaml", text)]),
            storedViews: stored)
    }

    @Test func firstDefinitionsAreAllNew() throws {
        let plan = DefinitionsPlan(from: Definitions(), to: try DefinitionsTexts.definitions(), storedViews: [])
        #expect(
            plan.lines == [
                "+ entity driver", "+ entity city", "+ source driver_hourly", "+ source cities",
                "+ feature_view driver_stats", "+ feature_view city_facts", "+ feature_service eta_v1",
            ])
        #expect(plan.summary == "7 added")
        #expect(plan.refusals(allowsRemoval: false).isEmpty)
    }

    @Test func theSameDefinitionsInAnotherOrderChangeNothing() throws {
        var reordered = try DefinitionsTexts.definitions()
        reordered.entities.reverse()
        reordered.featureViews.reverse()
        let plan = DefinitionsPlan(
            from: try DefinitionsTexts.definitions(), to: reordered, storedViews: ["driver_stats", "city_facts"])
        #expect(plan.isEmpty)
        #expect(plan.summary == "no changes")
    }

    @Test func changesAreToldByField() throws {
        let plan = try plan(
            ("ttl: 7d", "ttl: 14d"), ("embedding: float32[64]", "city: string"), ("tier: gold", "tier: silver"),
            ("Home city.", "Where."), ("    owner: fleet-ml\n", "    available: 1h\n"),
            ("\"driver_stats:home\", \"city_facts:*\"", "\"city_facts:*\", \"driver_stats:home\""),
            ("cities.csv", "cities.parquet"), stored: ["driver_stats", "city_facts"])
        #expect(
            plan.lines == [
                "~ source cities: path data/cities.csv -> data/cities.parquet",
                "~ feature_view driver_stats: ttl 7d -> 14d; available created -> 1h; + feature city string; "
                    + "- feature embedding; ~ feature home description or tags; owner fleet-ml -> none; "
                    + "tags.tier gold -> silver",
                "~ feature_service eta_v1: another order of features",
            ])
        #expect(plan.summary == "3 changed")
        #expect(plan.refusals(allowsRemoval: false).isEmpty)
    }

    @Test func anotherTypeOfAStoredFeatureIsRefused() throws {
        let change = ("conv_rate: float32", "conv_rate: float64")
        #expect(try plan(change).refusals(allowsRemoval: true).isEmpty)
        let plan = try plan(change, stored: ["driver_stats"])
        #expect(plan.lines == ["~ feature_view driver_stats: ~ feature conv_rate float32 -> float64"])
        #expect(
            plan.refusals(allowsRemoval: true) == [
                "feature 'driver_stats:conv_rate' is stored as float32 and cannot become float64: give it a new name, "
                    + "or make a new view, e.g. driver_stats_v2"
            ])
    }

    @Test func anotherKeyOfAStoredViewIsRefusedThoughOnlyItsEntityChanged() throws {
        let plan = try plan(("driver_id: int64", "driver_id: string"), stored: ["driver_stats"])
        #expect(plan.lines == ["~ entity driver: ~ join key driver_id int64 -> string"])
        #expect(
            plan.refusals(allowsRemoval: true) == [
                "feature view 'driver_stats' is stored by driver_id int64 and cannot be keyed by driver_id string: "
                    + "make a new view, e.g. driver_stats_v2"
            ])
    }

    @Test func renamedEntitiesOfTheSameKeyAreAllowed() throws {
        let plan = try plan(("  driver:\n", "  rider:\n"), ("[driver]", "[rider]"), stored: ["driver_stats"])
        #expect(
            plan.lines == [
                "+ entity rider", "- entity driver", "~ feature_view driver_stats: entities [driver] -> [rider]",
            ])
        #expect(plan.refusals(allowsRemoval: false).isEmpty)
    }

    @Test func timesThatAppearOrVanishUnderAStoredViewAreRefused() throws {
        let gained = try plan(
            ("path: data/cities.csv", "path: data/cities.csv\n    timestamp: at"), stored: ["city_facts"])
        #expect(
            gained.refusals(allowsRemoval: true) == [
                "feature view 'city_facts' is stored without times and cannot be read with them: make a new view, e.g. "
                    + "city_facts_v2"
            ])
        let lost = try plan(
            ("    timestamp: event_timestamp\n    created: created\n", ""), ("    ttl: 7d\n", ""),
            stored: ["driver_stats"])
        #expect(
            lost.refusals(allowsRemoval: true) == [
                "feature view 'driver_stats' is stored with times and cannot be read without them: make a new view, "
                    + "e.g. driver_stats_v2"
            ])
    }

    @Test func rowsThatDoNotSayWhenTheyBecameKnownKeepASourceWithoutCreated() throws {
        let before = try DefinitionsReader.read(
            texts: [("a.yaml", DefinitionsTexts.valid.replacing("    created: created\n", with: ""))])
        let plan = DefinitionsPlan(
            from: before, to: try DefinitionsTexts.definitions(), storedViews: ["driver_stats"])
        #expect(
            plan.refusals(allowsRemoval: true) == [
                "the stored rows of feature view 'driver_stats' do not say when they became known, so its source "
                    + "cannot get 'created' now: make a new view, e.g. driver_stats_v2"
            ])
    }

    @Test func whetherRowsEndCannotChangeUnderStoredRows() throws {
        let changing = DefinitionsTexts.valid.replacingOccurrences(
            of: "timestamp: event_timestamp\n", with: "valid_from: event_timestamp\n    valid_to: until\n")
        let (plain, ending) = (
            try DefinitionsTexts.definitions(), try DefinitionsReader.read(texts: [("a.yaml", changing)])
        )
        #expect(ending.source(named: "driver_hourly")?.timestamp == "event_timestamp")
        #expect(ending.featureView(named: "driver_stats")?.availability == .created)
        let gains = DefinitionsPlan(from: plain, to: ending, storedViews: ["driver_stats"])
        #expect(
            gains.lines == [
                "~ source driver_hourly: timestamp event_timestamp -> none; valid_from none -> event_timestamp; "
                    + "valid_to none -> until"
            ])
        #expect(
            gains.refusals(allowsRemoval: true) == [
                "the stored rows of feature view 'driver_stats' do not say when they ended, so its source cannot get "
                    + "'valid_to' now: make a new view, e.g. driver_stats_v2"
            ])
        #expect(
            DefinitionsPlan(from: ending, to: plain, storedViews: ["driver_stats"]).refusals(allowsRemoval: true) == [
                "feature view 'driver_stats' is stored with the times at which rows ended; without 'valid_to' they "
                    + "would be lost: make a new view, e.g. driver_stats_v2"
            ])
    }

    @Test func removingAViewWithDataMustBeAllowed() throws {
        var fewer = try DefinitionsTexts.definitions()
        fewer.featureServices = []
        fewer.featureViews.removeLast()
        let empty = DefinitionsPlan(from: try DefinitionsTexts.definitions(), to: fewer, storedViews: [])
        #expect(empty.lines == ["- feature_view city_facts", "- feature_service eta_v1"])
        #expect(empty.refusals(allowsRemoval: false).isEmpty)
        let plan = DefinitionsPlan(
            from: try DefinitionsTexts.definitions(), to: fewer, storedViews: ["city_facts"])
        #expect(
            plan.lines == [
                "- feature_view city_facts: its stored data are no longer read", "- feature_service eta_v1",
            ])
        #expect(
            plan.refusals(allowsRemoval: false) == [
                "feature view 'city_facts' holds data: put its definition back, or let go of it with --allow-removal"
            ])
        #expect(plan.refusals(allowsRemoval: true).isEmpty)
    }

    @Test func theNameOfARemovedViewThatLeftDataIsNotUsedAgain() throws {
        var before = try DefinitionsTexts.definitions()
        before.featureViews[0].name = "driver_stats_v9"
        let plan = DefinitionsPlan(
            from: before, to: try DefinitionsTexts.definitions(), storedViews: ["driver_stats"])
        #expect(
            plan.refusals(allowsRemoval: true) == [
                "feature view 'driver_stats' is new, but data of an earlier view of this name are stored: give it "
                    + "another name, e.g. driver_stats_v2"
            ])
    }

    @Test func aPlanSurvivesJSON() throws {
        let plan = try plan(("conv_rate: float32", "conv_rate: float64"), stored: ["driver_stats"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = try encoder.encode(plan)
        #expect(try JSONDecoder().decode(DefinitionsPlan.self, from: json) == plan)
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.hasPrefix(#"{"changes":[{"action":"change","details":["~ feature conv_rate float32 -> float64"]"#))
    }
}
