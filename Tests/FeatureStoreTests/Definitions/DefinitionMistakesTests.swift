import FeatureStore
import Testing

/// A spoilt piece of the valid definitions, and what must be said about it.
struct Spoilt: CustomTestStringConvertible, Sendable {
    let old: String
    let new: String
    let mistakes: [String]

    init(_ old: String, _ new: String, _ mistakes: String...) {
        self.old = old
        self.new = new
        self.mistakes = mistakes
    }

    var testDescription: String { new }
}

@Suite struct DefinitionMistakesTests {
    @Test(arguments: [
        Spoilt(
            "conv_rate: float32", "conv_rate: flaot32",
            "a.yaml:25:18: unknown type 'flaot32' (did you mean 'float32'?)"),
        Spoilt(
            "conv_rate: float32", "conv_rate: int",
            "a.yaml:25:18: unknown type 'int' (did you mean 'int64'?)"),
        Spoilt(
            "conv_rate: float32", "conv_rate: decimal",
            "a.yaml:25:18: unknown type 'decimal' (known: bool, int32, int64, float32, float64, string, bytes, timestamp, float32[N])"
        ),
        Spoilt(
            "conv_rate: float32", "conv_rate:",
            "a.yaml:25:7: feature 'conv_rate' needs a type, e.g. float32 or {type: float32}"),
        Spoilt(
            "conv_rate: float32", "conv_rate: [float32]",
            "a.yaml:25:18: feature 'conv_rate' needs a type, e.g. float32 or {type: float32}"),
        Spoilt(
            "conv_rate: float32", "conv_rate: {typ: float32}",
            "a.yaml:25:19: unknown key 'typ' in feature 'conv_rate' (did you mean 'type'?)"),
        Spoilt(
            "float32[64]", "float32[0]",
            "a.yaml:27:18: 'float32[0]' is no vector type: write float32[N] with N from 1 to 65536"),
        Spoilt(
            "conv_rate: float32", "fare: {type: float32, aggregate: sum}",
            "a.yaml:25:29: unknown key 'aggregate' in feature 'fare' (known: type, expression, description, tags)",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate'"),
        Spoilt(
            "conv_rate: float32", "driver_id: int64",
            "a.yaml:25:7: feature 'driver_id' has the name of a join key of its view: rename it",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate'"),
        Spoilt(
            "conv_rate: float32", "event_timestamp: timestamp",
            "a.yaml:25:7: a feature cannot be called 'event_timestamp': this is a column of times",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate'"),
        Spoilt(
            "conv_rate: float32", "conv__rate: float32",
            "a.yaml:25:7: 'conv__rate' cannot be a feature's name: '__' separates view and feature in full names",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate' (did you mean 'conv__rate'?)"),
        Spoilt(
            "conv_rate: float32", "conv-rate: float32",
            "a.yaml:25:7: 'conv-rate' cannot be a feature's name: use letters, digits and '_', at most 64, not beginning with a digit",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate' (did you mean 'conv-rate'?)"),
        Spoilt(
            "conv_rate: float32", "home: float32",
            "a.yaml:26:7: 'home' stands twice in this map (first in line 25)",
            "a.yaml:36:16: feature view 'driver_stats' has no feature 'conv_rate'"),
        Spoilt(
            "driver_stats:\n", "driver__stats:\n",
            "a.yaml:18:3: 'driver__stats' cannot be a feature view's name: '__' separates view and feature in full names",
            "a.yaml:36:16: unknown feature view 'driver_stats' (did you mean 'driver__stats'?)",
            "a.yaml:36:42: unknown feature view 'driver_stats' (did you mean 'driver__stats'?)"),
    ])
    func mistakesInFeatures(_ spoilt: Spoilt) throws {
        #expect(try DefinitionsTexts.mistakes(replacing: spoilt.old, with: spoilt.new) == spoilt.mistakes)
    }

    @Test(arguments: [
        Spoilt(
            "entities: [driver]", "entities: [drivr]",
            "a.yaml:19:16: unknown entity 'drivr' (did you mean 'driver'?)"),
        Spoilt(
            "entities: [driver]", "entities: driver",
            "a.yaml:19:15: 'entities' must be a list of at least one, e.g. [driver]"),
        Spoilt(
            "entities: [driver]", "entities: []",
            "a.yaml:19:15: 'entities' must be a list of at least one, e.g. [driver]"),
        Spoilt(
            "entities: [driver]", "entities: [driver, driver]",
            "a.yaml:19:24: entity 'driver' stands twice in this list"),
        Spoilt(
            "    entities: [driver]\n", "",
            "a.yaml:18:3: feature view 'driver_stats' needs 'entities', e.g. entities: [driver]"),
        Spoilt(
            "source: driver_hourly", "source: drivers_hourly",
            "a.yaml:20:13: unknown source 'drivers_hourly' (did you mean 'driver_hourly'?)"),
        Spoilt(
            "source: driver_hourly", "batch_source: driver_hourly",
            "a.yaml:20:5: unknown key 'batch_source' in feature view 'driver_stats' (did you mean 'source'?)"),
        Spoilt(
            "ttl: 7d", "ttl: 7",
            "a.yaml:21:10: 'ttl' must be a duration like 90s, 15m, 2h, 7d or 4w, not '7'"),
        Spoilt(
            "ttl: 7d", "ttl: 0s",
            "a.yaml:21:10: 'ttl' must be longer than 0s; leave it out if a row holds for ever"),
        Spoilt(
            "ttl: 7d", "tlt: 7d",
            "a.yaml:21:5: unknown key 'tlt' in feature view 'driver_stats' (did you mean 'ttl'?)"),
        Spoilt(
            "ttl: 7d", "available: creatd",
            "a.yaml:21:16: 'available' must be event, created or a duration like 15m, not 'creatd' (did you mean 'created'?)"
        ),
        Spoilt(
            "ttl: 7d", "request: {fare: float64}",
            "a.yaml:21:5: 'request' is what an on-demand view asks for: declare that under 'on_demand_feature_views'"),
        Spoilt(
            "source: cities", "source: cities\n    ttl: 1d",
            "a.yaml:31:10: a ttl needs times, but source 'cities' has no 'timestamp': remove 'ttl' or name the time column there"
        ),
        Spoilt(
            "source: cities", "source: cities\n    available: created",
            "a.yaml:31:16: 'available: created' needs a source with 'created', but 'cities' has none"),
        Spoilt(
            "source: cities", "source: cities\n    available: 15m",
            "a.yaml:31:16: a delay needs times, but source 'cities' has no 'timestamp': remove 'available' or name the time column there"
        ),
        Spoilt(
            "features:\n      population: int64", "features: {}",
            "a.yaml:31:15: 'features' must be a map of one or more names to types, e.g. {conv_rate: float32}"),
        Spoilt(
            "features:\n      population: int64", "owner: me",
            "a.yaml:28:3: feature view 'city_facts' needs 'features', e.g. features: {conv_rate: float32}"),
        Spoilt(
            "  city_facts:\n", "  driver_stats:\n",
            "a.yaml:28:3: 'driver_stats' stands twice in this map (first in line 18)",
            "a.yaml:36:63: unknown feature view 'city_facts'"),
        Spoilt(
            "tags: {tier: gold}", "tags: [gold]",
            "a.yaml:23:11: 'tags' must be a map, e.g. {a: b}, not a list"),
    ])
    func mistakesInViews(_ spoilt: Spoilt) throws {
        #expect(try DefinitionsTexts.mistakes(replacing: spoilt.old, with: spoilt.new) == spoilt.mistakes)
    }

    @Test(arguments: [
        Spoilt(
            "{driver_id: int64}", "{driver_id: float64}",
            "a.yaml:4:28: a join key cannot be of type float64 (one of bool, int32, int64, string, bytes)"),
        Spoilt(
            "{driver_id: int64}", "{driver_id: int46}",
            "a.yaml:4:28: unknown type 'int46' (did you mean 'int64'?)"),
        Spoilt(
            "{driver_id: int64}", "{driver_id: }",
            "a.yaml:4:17: join key 'driver_id' needs a type, e.g. int64"),
        Spoilt(
            "{driver_id: int64}", "{}",
            "a.yaml:4:16: 'join_keys' must be a map of one or more names to types, e.g. {driver_id: int64}"),
        Spoilt(
            "{driver_id: int64}", "[driver_id]",
            "a.yaml:4:16: 'join_keys' must be a map of one or more names to types, e.g. {driver_id: int64}"),
        Spoilt(
            "{driver_id: int64}", "{driver_id: int64, driver_id: int64}",
            "a.yaml:4:35: 'driver_id' stands twice in this map (first in line 4)"),
        Spoilt(
            "join_keys: {driver_id: int64}", "owner: me",
            "a.yaml:2:3: entity 'driver' needs 'join_keys', e.g. join_keys: {driver_id: int64}"),
        Spoilt(
            "    join_keys: {city: string}\n", "",
            "a.yaml:5:3: entity 'city' is empty: write its keys below it, e.g. 'join_keys: …'"),
        Spoilt(
            "path: data/cities.csv", "path: data/cities.xlsx",
            "a.yaml:15:11: 'path' must end in .parquet, .csv or .csv.gz, e.g. data/drivers/*.parquet, not 'data/cities.xlsx'"
        ),
        Spoilt(
            "path: data/cities.csv", "path: [a.csv]",
            "a.yaml:15:11: 'path' must be a text, not a list"),
        Spoilt(
            "path: data/cities.csv", "owner: me",
            "a.yaml:14:3: source 'cities' needs 'path', e.g. path: data/drivers/*.parquet"),
        Spoilt(
            "path: data/cities.csv", "path: data/cities.csv\n    created: known_at",
            "a.yaml:16:14: a source with 'created' needs 'timestamp' too: when did the row happen, before it became known?"
        ),
        Spoilt(
            "path: data/cities.csv", "path: data/cities.csv\n    valid_from: from",
            "a.yaml:16:17: 'valid_from' needs 'valid_to'; where a row holds until the next one, write just 'timestamp'"),
        Spoilt(
            "path: data/cities.csv", "path: data/cities.csv\n    valid_to: to",
            "a.yaml:16:15: 'valid_to' needs 'valid_from': since when does a row hold?"),
        Spoilt(
            "path: data/cities.csv", "path: data/cities.csv\n    timestamp: at\n    valid_from: from\n    valid_to: to",
            "a.yaml:17:17: 'valid_from' is the time of the row's event: leave 'timestamp' out"),
        Spoilt(
            "{convRate: conv_rate}", "{convRate: conv_rate, cr: conv_rate}",
            "a.yaml:13:46: 'conv_rate' is already the name of column 'convRate'"),
        Spoilt(
            "sources:", "source:",
            "a.yaml:8:1: unknown key 'source' in a definitions file (did you mean 'sources'?)"),
        Spoilt(
            "entities:\n  driver:", "entities:\n  - driver:",
            "a.yaml:5:3: this does not line up with the list above it: check the indentation, or add '- '"),
    ])
    func mistakesInEntitiesAndSources(_ spoilt: Spoilt) throws {
        #expect(try DefinitionsTexts.mistakes(replacing: spoilt.old, with: spoilt.new) == spoilt.mistakes)
    }

    @Test(arguments: [
        Spoilt(
            "driver_stats:home", "driver_stats:hme",
            "a.yaml:36:42: feature view 'driver_stats' has no feature 'hme' (did you mean 'home'?)"),
        Spoilt(
            "driver_stats:home", "driver_stat:home",
            "a.yaml:36:42: unknown feature view 'driver_stat' (did you mean 'driver_stats'?)"),
        Spoilt(
            "driver_stats:home", "driver_stats.home",
            "a.yaml:36:42: 'driver_stats.home' is no feature reference: write view:feature or view:*"),
        Spoilt(
            "driver_stats:home", "driver_stats:conv_rate",
            "a.yaml:36:42: 'driver_stats:conv_rate' is already in this service (line 36)"),
        Spoilt(
            "driver_stats:home", "driver_stats:*",
            "a.yaml:36:42: 'driver_stats:conv_rate' is already in this service (line 36)"),
        Spoilt(
            #"features: ["driver_stats:conv_rate", "driver_stats:home", "city_facts:*"]"#, "features: []",
            #"a.yaml:36:15: 'features' must be a list of at least one, e.g. ["driver_stats:conv_rate", "driver_stats:*"]"#
        ),
        Spoilt(
            #"["driver_stats:conv_rate", "#, "[driver_stats: conv_rate, ",
            #"a.yaml:36:16: 'features' must be a list of texts, e.g. ["driver_stats:conv_rate", "driver_stats:*"]"#),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    encode: [standardize]\n",
            "a.yaml:36:13: 'encode' must be a map of features to steps, e.g. {\"driver_stats:conv_rate\": standardize}, not a list"
        ),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    log: {sample: 2, retain: 0s, when_full: block, keep: 1}\n",
            "a.yaml:36:19: 'sample' must be a share of the keys above 0 and up to 1, e.g. 0.1, not '2'",
            "a.yaml:36:30: 'retain' must be longer than 0s; leave it out to keep rows for ever",
            "a.yaml:36:45: 'when_full' must be drop or wait, not 'block'",
            "a.yaml:36:52: unknown key 'keep' in 'log' (known: sample, retain, when_full)"),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    label: {name: late, type: bool}\n",
            "a.yaml:36:12: 'label' needs 'log': a label belongs to a read that is remembered, e.g. log: {}"),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    log: {}\n    label: {name: late, type: bytes}\n",
            "a.yaml:37:31: a label cannot be of type bytes (one of bool, int32, int64, float32, float64, string)"),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    log: {}\n    label: {name: late, type: bool, missing: 7}\n",
            "a.yaml:37:46: 'missing' must be drop, or the label of reads for which none came, which '7' of type bool cannot be"
        ),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    log: {}\n    label: {name: late, type: bool, missing: 0}\n",
            "a.yaml:37:46: 'missing' needs 'window', after which a label is taken to be missing, e.g. window: 7d"),
        Spoilt(
            "eta_v1:\n", "eta_v1:\n    log: {}\n    label: {name: time, type: bool}\n",
            "a.yaml:37:12: a label cannot be called 'time': this is a column of the log"),
        Spoilt(
            "{city: string}", "{driver_id: string}",
            "a.yaml:36:63: join key 'driver_id' is string in view 'city_facts' but int64 in view 'driver_stats': one service needs one type"
        ),
    ])
    func mistakesInServices(_ spoilt: Spoilt) throws {
        #expect(try DefinitionsTexts.mistakes(replacing: spoilt.old, with: spoilt.new) == spoilt.mistakes)
    }

    @Test func twoEntitiesOfAViewCannotShareAJoinKey() throws {
        let mistakes = try DefinitionsTexts.mistakes(
            DefinitionsTexts.valid.replacing("{city: string}", with: "{driver_id: int64}")
                .replacing("[driver]", with: "[driver, city]"))
        #expect(
            mistakes == [
                "a.yaml:19:24: join key 'driver_id' comes from both entity 'driver' and entity 'city': rename one"
            ])
    }

    @Test func aNameOfAnotherFileIsNamedWithItsPlace() throws {
        let entity = "entities:\n  driver:\n    join_keys: {driver_id: int64}\n"
        let error = #expect(throws: DefinitionErrors.self) {
            try DefinitionsReader.read(texts: [("a.yaml", entity), ("b.yaml", "# again\n" + entity)])
        }
        #expect(error?.description == "b.yaml:3:3: entity 'driver' is already defined in a.yaml:2")
    }

    @Test func mistakesOfAllFilesAreToldAtOnceInOrder() throws {
        let error = #expect(throws: DefinitionErrors.self) {
            try DefinitionsReader.read(texts: [
                ("b.yaml", "entities: {a: {join_keys: {k: int}}}"), ("a.yaml", "sources: 7\nentites: {}\n"),
            ])
        }
        #expect(
            error?.description == """
                a.yaml:1:10: 'sources' must be a map of names to definitions, not '7'
                a.yaml:2:1: unknown key 'entites' in a definitions file (did you mean 'entities'?)
                b.yaml:1:31: unknown type 'int' (did you mean 'int64'?)
                """)
    }

    @Test func anUnreadableFileDoesNotMakeTheOthersNamesUnknown() throws {
        let error = #expect(throws: DefinitionErrors.self) {
            try DefinitionsReader.read(texts: [
                ("a.yaml", "entities: {driver: {"), ("b.yaml", "feature_services: {s: {features: ['v:*']}}"),
            ])
        }
        #expect(error?.errors.map(\.file) == ["a.yaml"])
    }
}
