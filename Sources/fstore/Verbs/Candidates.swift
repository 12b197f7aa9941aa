import FeatureStore
import Foundation

extension CommandLineTool {
    /// The project's names that shells propose; `Completion.candidates` says which.
    static let projectNames: [String: CandidateSource] = [
        "views": { try definitions($0).featureViews.map(\.name) },
        "services": { try definitions($0).featureServices.map(\.name) },
        "names": { try definitions($0).allNames },
    ]

    private static func definitions(_ context: CompletionContext) throws -> Definitions {
        try FeatureStore(opening: projectFolder(context.project)).definitions()
    }
}
