// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_training_set(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ entities: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ timestamp: UnsafePointer<CChar>?, _ fullNames: Bool, _ withTimes: Bool,
    _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    let entities = HandedOver(entities)
    return trainingSet(store, stop, table, json, error) {
        let (rows, origin) = try entities.take(origin: origin, called: "entities")
        let request = try TrainingSetRequest(features, timestamp, fullNames: fullNames, withTimes: withTimes)
        return { try request.make(EntityRecipe(.given(name: origin)), rows, on: $0) }
    }
}

@c @implementation
public func fs_store_training_set_of_file(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?,
    _ timestamp: UnsafePointer<CChar>?, _ fullNames: Bool, _ withTimes: Bool, _ stop: UnsafePointer<Int32>?,
    _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    trainingSet(store, stop, table, json, error) {
        let path = try text(path, "path")
        let request = try TrainingSetRequest(features, timestamp, fullNames: fullNames, withTimes: withTimes)
        return { try request.make(.file(path), nil, on: $0) }
    }
}

@c @implementation
public func fs_store_training_set_by_rule(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ rule: UnsafePointer<fs_rule>?, _ fullNames: Bool,
    _ withTimes: Bool, _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?,
    _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    let given = HandedOver(rule?.pointee.rows)
    return trainingSet(store, stop, table, json, error) {
        guard let rule = rule?.pointee else { throw CallError("rule is NULL; say where the rows come from") }
        let rows = rule.rows == nil ? nil : try given.take(called: "rows").table
        var request = try TrainingSetRequest(features, rule.timestamp, fullNames: fullNames, withTimes: withTimes)
        request.isRecorded = !rule.unrecorded
        let recipe = try EntityRecipe(rule)
        return { [request] in try request.make(recipe, rows, on: $0) }
    }
}

@c @implementation
public func fs_store_training_set_again(
    _ store: OpaquePointer?, _ id: Int64, _ entities: UnsafeMutablePointer<ArrowArrayStream>?,
    _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    let isGiven = entities != nil
    let entities = HandedOver(entities)
    return trainingSet(store, stop, table, json, error) {
        let rows = isGiven ? try entities.take(called: "entities").table : nil
        return { try $0.trainingSetAgain(id, entities: rows) }
    }
}

/// A call that makes a training set: `prepare` reads what it is given, and what it returns does the work.
private func trainingSet(
    _ store: OpaquePointer?, _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?,
    _ json: StringPlace, _ error: StringPlace, _ prepare: () throws -> (FeatureStore) throws -> TrainingSet
) -> Int32 {
    table?.pointee = nil
    return call(stoppedBy: stop, error) {
        let make = try prepare()
        let (set, seconds) = try Handle.object(store, SharedStore.self).run { store in
            let clock = ContinuousClock.now
            return (try make(store), (ContinuousClock.now - clock) / .seconds(1))
        }
        try give(TrainingSetAnswer(set, seconds), to: json)
        table?.pointee = Handle.make(SharedTable(set.table, trainingSet: set.id))
    }
}

/// What is told of a training set beside its table.
private struct TrainingSetAnswer: Encodable {
    let id: Int64?
    let coverage: [Coverage]
    let features: [String]
    let seconds: Double
    let split: TrainingSetSplit?

    init(_ set: TrainingSet, _ seconds: Double) {
        (id, coverage, features) = (set.id, set.coverage, set.features)
        (self.seconds, split) = (seconds, set.split)
    }
}

/// What a caller wants of a training set, whatever the entity rows come from.
private struct TrainingSetRequest {
    let selection: FeatureSelection
    let timestamp: String?
    let fullNames: Bool
    let withTimes: Bool
    var isRecorded = true

    init(
        _ features: UnsafePointer<CChar>?, _ timestamp: UnsafePointer<CChar>?, fullNames: Bool, withTimes: Bool
    ) throws {
        selection = try FeatureSelection(parsing: try text(features, "features"))
        self.timestamp = try optionalText(timestamp, "timestamp")
        (self.fullNames, self.withTimes) = (fullNames, withTimes)
    }

    func make(_ recipe: EntityRecipe, _ rows: Table?, on store: FeatureStore) throws -> TrainingSet {
        try store.trainingSet(
            for: selection, entities: recipe, rows: rows, timestamp: timestamp, fullNames: fullNames,
            withTimes: withTimes, isRecorded: isRecorded)
    }
}

extension FeatureSelection {
    /// A service by its name, or references with commas between: `view:feature,view:*`.
    init(parsing text: String) throws(StoreError) {
        guard text.contains(":") || text.contains(",") else {
            self = .service(text)
            return
        }
        var references: [FeatureReference] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let reference = FeatureReference(String(word)) else {
                throw .badRequest("'\(word)' is no feature; write view:feature or view:*")
            }
            references.append(reference)
        }
        self = .features(references)
    }
}
