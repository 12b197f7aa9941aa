import Testing

@testable import fstore

@Suite struct HelpTextTests {
    @Test func helpOfAVerbTellsAllThatItDeclares() {
        #expect(
            HelpText.of(SampleTool.load, tool: "sample", width: 72) == """
                Loads files into views.

                usage: sample load [VIEW …] [--all] [--from FILE …] [--on-error POLICY]
                                [--limit N]

                Files that were loaded before are passed over, so that a command that
                was cut off can be run again.

                    fstore keeps   this   as it is

                arguments:
                  [VIEW …]  Where to load into.

                options:
                  --all              Load into every view.
                  --from FILE …      Load these files.
                  --on-error POLICY  What to do with bad rows. One of: stop, skip.
                                     Default: stop.
                  --limit N          At most so many rows.

                options of every verb:
                  --project DIR  The project's folder. Default: $FSTORE_PROJECT, else
                                 the nearest fstore.yaml upwards.
                  --json         Print the result as JSON.
                  --quiet        Print nothing but errors.
                  --help         Print this help.

                examples:
                  # everything
                  sample load --all
                """)
    }

    @Test func theOverviewHasALineForEachVerb() {
        #expect(
            HelpText.overview(of: SampleTool.tool, width: 80) == """
                sample 1.2.3: a tool for tests

                usage: sample VERB …

                verbs:
                  load        Loads files into views.
                  read        Reads a service.
                  help        Tells all of a verb.
                  completion  Prints a completion script for bash or zsh.

                options of every verb:
                  --project DIR  The project's folder. Default: $FSTORE_PROJECT, else the
                                 nearest fstore.yaml upwards.
                  --json         Print the result as JSON.
                  --quiet        Print nothing but errors.
                  --help         Print this help.

                'sample help VERB' tells all of a verb, 'sample --version' the version.
                """)
    }

    @Test(arguments: [40, 60, 80, 100]) func linesFitTheWidth(width: Int) {
        for line in HelpText.of(SampleTool.load, tool: "sample", width: width).split(separator: "\n") {
            #expect(String(line).displayWidth <= width)
        }
    }
}
