// SPDX-License-Identifier: Apache-2.0
import java.util.Arrays;

/**
 * Runs one of Gerrit's programs (Init, Daemon): the library jars name no main class. By reflection, so that an older compiler than
 * Gerrit's own will do.
 */
public class Launcher {
  public static void main(String[] args) throws Exception {
    Class<?> program = Class.forName("com.google.gerrit.pgm." + args[0]);
    Object made = program.getDeclaredConstructor().newInstance();
    Object rest = Arrays.copyOfRange(args, 1, args.length);
    System.exit((Integer) program.getMethod("main", String[].class).invoke(made, rest));
  }
}
