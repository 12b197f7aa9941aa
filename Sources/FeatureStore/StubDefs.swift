import Columnar
public enum Spelling { public static func nearest(to word: String, in c: some Sequence<String>) -> String? { nil } }
public struct ResolvedFeature: Sendable { public let view: FeatureView; public let feature: Feature; public let outputName: String }
public struct ResolvedService: Sendable { public let views: [FeatureView]; public let features: [ResolvedFeature]
 init(references: [FeatureReference], in d: Definitions, fullNames: Bool) throws(DataError) { throw DataError("") }
 init(service: FeatureService, in d: Definitions, fullNames: Bool) throws(DataError) { throw DataError("") }
}
public struct Project: Sendable { public let root: String; static func find(from: String) throws -> Project { fatalError() } 
  var catalogPath: String {""}; var lockPath: String {""}; var definitionFiles: [String] {[]}
  func offlineFolder(of: String) -> String {""}; func quarantinePath(view: String, time: Timestamp) -> String {""} }
enum DefinitionsReader { static func read(files: [String], root: String) throws -> Definitions { fatalError() } }
public struct DefinitionsPlan { init(from: Definitions, to: Definitions, storedViews: Set<String>) {}
 func refusals(allowsRemoval: Bool) -> [String] { [] }; var isEmpty: Bool { true } }
